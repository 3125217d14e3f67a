// Package retention has a Java broker's own code open directories from which old files were deleted.
// Tests need the build tag "conformance".
package retention
