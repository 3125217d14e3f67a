// Package prefetch has the processor bring memory into its caches before it is read, without waiting for it.
//
// Who reads many places far apart waits for the memory with each, a tenth of a microsecond; loads made early help only as far as the
// processor looks ahead, and wait as well. Nothing is read, so addresses that would fault do no harm.
package prefetch
