// Package jvalue computes what Java computes from a text or a number, where
// the result shows on disk or on the wire: Integer.parseInt and its relatives,
// String.hashCode over bytes of UTF-8, RocketMQ's CRC-32 and the decimal form
// of a double.
//
// Texts are Go strings or byte slices holding UTF-8. Malformed UTF-8 counts as
// the replacement characters that Java's decoder puts in its place. Nothing
// here allocates unless it returns a string or an error.
package jvalue

type text interface{ ~string | ~[]byte }
