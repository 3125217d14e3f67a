// Package selectors proves filters by SQL92 with foreign clients: Java's, of several versions, and the one for
// Go, against a Java broker and against ours, and that each opens what the other wrote.
package selectors
