package retention

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrHours: the text is no list of hours.
var ErrHours = errors.New("retention: want hours from 0 to 24 separated by ;")

// Hours are hours of the day, a bit each.
type Hours uint32

// ParseHours reads Java's deleteWhen: hours separated by semicolons, such as 04;16. Hour 24 never
// comes. Java stops all deletion at a text it cannot read. Error: ErrHours.
func ParseHours(text string) (Hours, error) {
	var h Hours
	for part := range strings.SplitSeq(strings.TrimRight(text, "; \t"), ";") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 0 || n > 24 {
			return 0, fmt.Errorf("%w: %q", ErrHours, text)
		}
		h |= 1 << n
	}
	return h, nil
}

// Has reports whether hour, from 0 to 23, is among them.
func (h Hours) Has(hour int) bool { return h>>hour&1 == 1 }
