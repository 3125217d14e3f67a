// Package replay gives the requests that Java's clients and brokers were recorded with to a name server
// and a broker of ours, and compares the answers with those that Java 5.3.3 gave: code, remark, names of
// fields, shape of the body.
//
//	deviations.tsv   what is answered otherwise than by Java, and why; what is not served; scenes
//	world_test.go    the servers of a scene, with the tables that Java's own answers tell of
//	tables_test.go   those tables
//	before_test.go   what must have happened before a request, as Java's answer to it shows
//	compare_test.go  one answer against Java's
//	shape_test.go    bodies: paths and types of JSON, records, properties
//
// The recordings are variants picked from longer conversations, so what was sent between them is made
// up for by before_test.go. A line of deviations.tsv that nothing needs fails the test.
package replay
