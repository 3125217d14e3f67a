package mapped

import (
	"errors"
	"fmt"
	"strconv"
)

// nameDigits is part of the format: names sort as their offsets do. Java: UtilAll.offset2FileName.
const nameDigits = 20

// ErrName: a file name is not that of a segment.
var ErrName = errors.New("mapped: not a segment's name")

// Name is the file name of the segment whose first byte has the log offset start: 20 decimal digits.
func Name(start int64) string { return fmt.Sprintf("%0*d", nameDigits, start) }

// ParseName is the reverse of Name. Error: ErrName.
func ParseName(name string) (start int64, err error) {
	if len(name) != nameDigits {
		return 0, fmt.Errorf("%w: %q", ErrName, name)
	}
	for i := range len(name) { // ParseInt would take a sign
		if name[i] < '0' || name[i] > '9' {
			return 0, fmt.Errorf("%w: %q", ErrName, name)
		}
	}
	start, err = strconv.ParseInt(name, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %q: beyond the largest offset", ErrName, name)
	}
	return start, nil
}
