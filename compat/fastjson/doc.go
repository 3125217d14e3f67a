// Package fastjson reads and writes the dialect of JSON that RocketMQ speaks in
// bodies and keeps in configuration files: what fastjson 1.2.83 prints with its
// default settings, and most of what it accepts.
//
// # The dialect
//
// Printed are beans with members in ascending order of their names, without
// those that are null, and maps whose keys may be anything:
//
//	{"counter":3,"timestamp":1700000000000}    strings are quoted
//	{0:"10.0.0.1:10911",1:"10.0.0.2:10911"}    integers stay bare
//	{{"queueId":0,"topic":"T"}:5}              objects stay objects
//
// So the text is often no JSON, and a strict parser cannot read it. There are
// three forms: Append (compact), AppendPretty (files below config/) and
// AppendStrict, what the name server sends to those who want standard JSON.
// Maps are printed in ascending order of their keys; Java prints them in hash
// order, on which nobody can depend.
//
// Accepted are, beyond JSON: names and strings in single quotes, bare names,
// integers and objects as keys, comments, a comma before a closing bracket,
// numbers and booleans as strings and the other way round, suffixes of numbers
// (1L), names that differ in case, '-' and '_' only. A map is also read from an
// array of pairs, [[key,value],…], as Go clients send it. Unknown members are
// skipped, "@type" too. A reference {"$ref":…} is an error: resolving it would
// let a small text stand for a large value.
//
// # Go types
//
// Members are exported fields with a tag, `json:"name"`; embedded structs count
// as if their fields were here; `json:"-"` hides a field. Options:
//
//	json:"name,omitempty"  a zero scalar or an empty list or map is not printed
//	fastjson:"notnull"     a nil list or map is printed, as [] or {}
//	fastjson:"list"        how AppendPretty lays out a slice, see there
//	fastjson:"set"
//
//	Java                     Go
//	boolean, int, long       bool, int, int32, int64
//	double                   float64
//	String                   string; null is "" and must be omitted by omitempty or *string
//	byte[], BitSet           []byte, base64
//	enum                     a type with encoding.TextAppender and TextUnmarshaler
//	bean                     struct
//	List, Set, array         slice
//	Map                      map with keys of string, integer, enum or struct
//	anything that can be null    pointer
//
// An enum prints the name its AppendText gives; an error or no text is null. An
// unknown name leaves the zero value. Other types are a mistake of the program
// and panic.
package fastjson
