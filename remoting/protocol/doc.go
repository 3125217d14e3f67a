// Package protocol names what RocketMQ peers say to each other: request and response codes, the
// header fields of each code and the JSON bodies.
//
// Headers are lists of fields, visited by wire; each type says which codes use it. Those of the hot
// codes have DecodeExt as well, which reads the same by one pass over the fields as they came.
// Bodies are plain structs with the member names of Java's getters; they are read and written by
// compat/fastjson unless they have functions of their own.
//
// What an answer means, and when it is given, is the business of broker and namesrv.
package protocol
