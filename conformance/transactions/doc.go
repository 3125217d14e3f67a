// Package transactions runs the transaction producers of the official clients against Java's broker and ours, and lets each broker go
// on with what the other left undecided.
package transactions
