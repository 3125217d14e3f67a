//go:build race

package timer

// powerCuts are the rounds of TestPowerCuts: each copies a wheel of 38 MB several times, which the race detector watches.
const powerCuts = 8
