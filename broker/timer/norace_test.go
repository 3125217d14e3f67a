//go:build !race

package timer

const powerCuts = 4 // rounds of TestPowerCut
