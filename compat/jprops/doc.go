// Package jprops reads and writes the text of java.util.Properties, the format
// of broker.conf and namesrv.conf and of the bodies of 25, 26, 318 and 319.
//
//	file    = { line }
//	line    = blank | comment | entry        ends: \n, \r, \r\n or end of file
//	comment = [ws] ( "#" | "!" ) …           ws: space, tab, form feed
//	entry   = [ws] key [ws] [ "=" | ":" ] [ws] value
//
// An entry goes on in the next line if a line ends in an odd number of
// backslashes; the white space that begins the next line does not count. In key
// and value \t \n \r \f stand for the control characters, \uXXXX for a UTF-16
// unit and a backslash before anything else for that character. A key without
// separator has the empty value. White space at the end of a value stays.
//
// Java keeps the last of equal keys and says nothing. Here the others are kept
// too, all with their lines, so that a reader can point at them.
package jprops
