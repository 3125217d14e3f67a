package protocol

// Permission bits of a topic and of a broker. Java: PermName.
const (
	PermInherit  int32 = 1 << 0 // topics may be created after this one
	PermWrite    int32 = 1 << 1
	PermRead     int32 = 1 << 2
	PermPriority int32 = 1 << 3
)

// Readable reports the read bit.
func Readable(perm int32) bool { return perm&PermRead != 0 }

// Writable reports the write bit.
func Writable(perm int32) bool { return perm&PermWrite != 0 }

// Inheritable reports the inherit bit.
func Inheritable(perm int32) bool { return perm&PermInherit != 0 }

// PermText is "RWX" with a dash for each bit that is not set. Java: PermName.perm2String.
func PermText(perm int32) string {
	text := []byte("---")
	if Readable(perm) {
		text[0] = 'R'
	}
	if Writable(perm) {
		text[1] = 'W'
	}
	if Inheritable(perm) {
		text[2] = 'X'
	}
	return string(text)
}
