// Package names asks Java's name server and ours the same questions and compares what they say and what
// they keep.
package names
