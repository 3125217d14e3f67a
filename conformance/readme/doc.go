// Package readme holds README.md, its translation and docs/ to what they say: the make targets and files
// that they name exist, and both languages show the same code. With the tag conformance the commands are
// asked of the binary, and the examples are compiled and run as they stand against a gannet of the test's own.
package readme
