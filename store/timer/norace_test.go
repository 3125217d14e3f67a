//go:build !race

package timer

const powerCuts = 40 // rounds of TestPowerCuts
