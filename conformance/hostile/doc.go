// Package hostile attacks the running binary, one bad input or one bad peer at a time. After each
// attack the process must live, its output must tell of no panic, a well-behaved client beside the
// attacker must not have noticed, nothing acknowledged may be lost, and memory must have stayed
// within the budget that the test states. Tests need the build tag "conformance".
package hostile
