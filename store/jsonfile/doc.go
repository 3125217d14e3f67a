// Package jsonfile loads and stores the small whole files of config/, mostly JSON tables, so that
// whatever happens there is a readable one: the file itself or the content before it, in FILE.bak,
// where Java looks too. What the bytes mean is the business of the caller.
package jsonfile
