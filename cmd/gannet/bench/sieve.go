package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/gannetmq/gannet/store/record"
)

// sieve is what a filtered reader must get of a queue: the offsets of the messages that match, which an unfiltered
// reader has found. A filter that lets too much through, or too little, is fast for the wrong reason.
type sieve struct {
	queue string
	end   int64
	want  []int64 // ascending, all below end
	at    int     // index of the next
}

// keyEndSQL is the filter for keys that end so.
func keyEndSQL(end string) string {
	return fmt.Sprintf("%s ENDSWITH '%s'", record.PropUniqKey, end)
}

// newSieve reads the queue from begin to end without a filter.
func newSieve(p *puller, begin, end int64, keyEnd string) (*sieve, error) {
	s := &sieve{queue: fmt.Sprintf("%s queue %d", p.topic, p.queue), end: end}
	sql := p.sql
	p.sql, p.offset = "", begin
	defer func() { p.sql = sql }()
	var bad error
	for p.offset < end && bad == nil {
		from := p.offset
		err := p.pull(0, func(b []byte) {
			var v record.View
			if kind, err := record.Parse(b, &v, record.Headers); err != nil || kind != record.Record {
				bad = fmt.Errorf("a message of %s cannot be parsed: %w", s.queue, err)
				return
			}
			if key, _ := v.Property(record.PropUniqKey); v.QueueOffset < end && bytes.HasSuffix(key, []byte(keyEnd)) {
				s.want = append(s.want, v.QueueOffset)
			}
		})
		if err != nil {
			return nil, err
		}
		if p.offset == from {
			return nil, fmt.Errorf("%s cannot be read beyond %d, it ends at %d", s.queue, from, end)
		}
	}
	if bad == nil && len(s.want) == 0 {
		bad = fmt.Errorf("%s has no key that ends with %s", s.queue, keyEnd)
	}
	return s, bad
}

// rewind begins anew.
func (s *sieve) rewind() { s.at = 0 }

// take is told each message that comes through the filter.
func (s *sieve) take(b []byte) error {
	switch got := queueOffset(b); {
	case got >= s.end: // somebody has written meanwhile
		return nil
	case s.at == len(s.want):
		return fmt.Errorf("%s: offset %d came through the filter, nothing more matches", s.queue, got)
	case got != s.want[s.at]:
		return fmt.Errorf("%s: offset %d came through the filter, the next that matches is %d", s.queue, got, s.want[s.at])
	}
	s.at++
	return nil
}

// passed is told up to where the reader has come.
func (s *sieve) passed(next int64) error {
	if s.at < len(s.want) && s.want[s.at] < next {
		return fmt.Errorf("%s: the filter kept offset %d back, which matches", s.queue, s.want[s.at])
	}
	return nil
}

// queueOffset is the place of a record in its queue. Layout: store/record.
func queueOffset(b []byte) int64 { return int64(binary.BigEndian.Uint64(b[20:])) }
