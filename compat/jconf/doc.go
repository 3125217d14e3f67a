// Package jconf binds settings, pairs of strings from a properties file, the
// environment or the command line, to a Go struct with the meaning that Java
// gives them, and says what is wrong with those it cannot bind. Java ignores a
// misspelt key and a number it cannot read; here both are problems that name
// the file and the line.
//
// The struct is the table of keys:
//
//	type Store struct {
//		ListenPort    int    `mq:"listenPort" default:"10911" state:"honoured" help:"port of the broker"`
//		FlushDiskType string `mq:"flushDiskType" default:"ASYNC_FLUSH" enum:"ASYNC_FLUSH,SYNC_FLUSH" state:"honoured" help:"…"`
//		EnableDLeger  bool   `mq:"enableDLegerCommitLog" default:"false" state:"refused" help:"a log format of its own"`
//	}
//
// Fields without the tag mq are not settings; structs without it, embedded or
// not, are searched for fields. Of a key that is refused or has no effect, help
// tells why. Field types:
//
//	bool         boolean   true or false in any case, nothing else (Java: all else is false)
//	int, int32   int       Integer.parseInt
//	int64        long      Long.parseLong
//	float64      double    Double.parseDouble
//	string       String    one of enum, if that is there
//	Secret       String    prints as ***
//
// White space around a value does not count (Java: it makes a number unreadable).
package jconf
