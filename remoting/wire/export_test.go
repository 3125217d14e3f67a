package wire

// ScratchCap is how much scratch space c holds.
func ScratchCap(c *Command) int { return cap(c.scratch) }
