// Package mqversion translates between the version ordinals that RocketMQ
// carries in each frame and their names. The ordinals are those of Java's enum
// MQVersion.Version, so they are part of the wire format; features are gated by
// comparing them.
//
// A release owns two ordinals, the snapshot first, and a minor release has ten
// patch levels (3.3 to 3.9 start at patch 1, 3.0 has 16). The whole table of
// 5.3.3 is therefore the few rows below.
package mqversion

import "strconv"

// Current is the version this broker announces.
const Current = V5_3_3

// The versions at which peers change their behaviour.
const (
	V3_0_7_SNAPSHOT = 28  // clients from here on take pushes 220 and 221
	V3_0_11         = 37  // brokers from here on register with a RegisterBrokerBody
	V3_1_8_SNAPSHOT = 62  // clients from here on answer 307 and 309
	V3_4_9          = 121 // clients from here on send a maxReconsumeTimes to be honoured
	V4_1_0_SNAPSHOT = 232 // brokers from here on filter by SQL92
	V4_9_3          = 399 // clients up to here sign without _UNIQUE_KEY_QUERY
	V4_9_4          = 401 // clients from here on want routes as strict JSON
	V5_0_0          = 413 // compressed registrations from here on have a mapping section
	V5_3_1          = 475 // clients above understand GO_AWAY (1500)
	V5_3_3          = 479

	// HigherVersion closes the table of 5.3.3: all that is newer.
	HigherVersion = 612
)

const higherVersion = "HIGHER_VERSION"

// prereleases are the ordinals 0 to 15, the only ones without a pattern.
var prereleases = [...]string{
	"V3_0_0_SNAPSHOT", "V3_0_0_ALPHA1", "V3_0_0_BETA1", "V3_0_0_BETA2", "V3_0_0_BETA3", "V3_0_0_BETA4",
	"V3_0_0_BETA5", "V3_0_0_BETA6_SNAPSHOT", "V3_0_0_BETA6", "V3_0_0_BETA7_SNAPSHOT", "V3_0_0_BETA7",
	"V3_0_0_BETA8_SNAPSHOT", "V3_0_0_BETA8", "V3_0_0_BETA9_SNAPSHOT", "V3_0_0_BETA9", "V3_0_0_FINAL",
}

// minors lists each minor release with its first patch level and the ordinal of
// the snapshot of that patch, ascending.
var minors = [...]struct{ ordinal, major, minor, patch int }{
	{16, 3, 0, 1}, {46, 3, 1, 0}, {66, 3, 2, 0}, {86, 3, 3, 1}, {104, 3, 4, 1}, {122, 3, 5, 1},
	{140, 3, 6, 1}, {158, 3, 7, 1}, {176, 3, 8, 1}, {194, 3, 9, 1},
	{212, 4, 0, 0}, {232, 4, 1, 0}, {252, 4, 2, 0}, {272, 4, 3, 0}, {292, 4, 4, 0},
	{312, 4, 5, 0}, {332, 4, 6, 0}, {352, 4, 7, 0}, {372, 4, 8, 0}, {392, 4, 9, 0},
	{412, 5, 0, 0}, {432, 5, 1, 0}, {452, 5, 2, 0}, {472, 5, 3, 0}, {492, 5, 4, 0},
	{512, 5, 5, 0}, {532, 5, 6, 0}, {552, 5, 7, 0}, {572, 5, 8, 0}, {592, 5, 9, 0},
}

// Name is the constant of Java's enum for an ordinal, "V5_3_3" for 479. What
// the table of 5.3.3 does not hold is HIGHER_VERSION, negative values too (for
// which Java throws).
func Name(ordinal int) string {
	return string(appendName(nil, ordinal))
}

// Ordinal finds the ordinal of a name.
func Ordinal(name string) (ordinal int, ok bool) {
	var buf [32]byte
	for ordinal := range HigherVersion + 1 {
		if string(appendName(buf[:0], ordinal)) == name {
			return ordinal, true
		}
	}
	return 0, false
}

func appendName(dst []byte, ordinal int) []byte {
	if ordinal < 0 || ordinal >= HigherVersion {
		return append(dst, higherVersion...)
	}
	if ordinal < len(prereleases) {
		return append(dst, prereleases[ordinal]...)
	}
	row := minors[0]
	for _, next := range minors {
		if next.ordinal <= ordinal {
			row = next
		}
	}
	nth := ordinal - row.ordinal
	dst = append(dst, 'V')
	dst = strconv.AppendInt(dst, int64(row.major), 10)
	dst = append(dst, '_')
	dst = strconv.AppendInt(dst, int64(row.minor), 10)
	dst = append(dst, '_')
	dst = strconv.AppendInt(dst, int64(row.patch+nth/2), 10)
	if nth%2 == 0 {
		dst = append(dst, "_SNAPSHOT"...)
	}
	return dst
}
