// Package record holds the bytes of one message as the CommitLog stores and consumers receive it.
// It is pure. Shared constants of wire and disk (property keys, sysFlag bits, system names) live
// here too, because both sides of the broker need them.
package record
