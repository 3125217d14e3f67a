package txn

// marks is a set of queue offsets, in pages of bits: offsets of decided halves lie close to each other.
// The zero value is empty.
type marks struct {
	pages map[int64]*[pageOffsets / 64]uint64
}

const (
	pageOffsets = 4096
	// maxPages bounds what a set remembers: 16 million offsets, 2 MiB.
	maxPages = 4096
)

// add puts an offset into the set. It is forgotten if there are maxPages of others: the
// producer is asked once more then.
func (m *marks) add(off int64) {
	if off < 0 {
		return
	}
	p := m.pages[off/pageOffsets]
	if p == nil {
		if len(m.pages) >= maxPages {
			return
		}
		if m.pages == nil {
			m.pages = make(map[int64]*[pageOffsets / 64]uint64)
		}
		p = new([pageOffsets / 64]uint64)
		m.pages[off/pageOffsets] = p
	}
	bit := off % pageOffsets
	p[bit/64] |= 1 << (bit % 64)
}

func (m *marks) has(off int64) bool {
	if off < 0 {
		return false
	}
	p := m.pages[off/pageOffsets]
	bit := off % pageOffsets
	return p != nil && p[bit/64]&(1<<(bit%64)) != 0
}
