// Package crash ends the broker the hard way, again and again, and lets the recorder judge what is
// left. Tests need the build tag "conformance".
package crash
