package pull

// list is a doubly linked list through one of the links of its members.
type list struct{ first, last *pull }

// link is a pull's place in a list.
type link struct{ prev, next *pull }

// The links that a pull has.
const (
	byQueue = iota
	byTime
	byPeer
	linkCount
)

func (l *list) push(p *pull, by int) {
	p.place.links[by].prev = l.last
	if l.last == nil {
		l.first = p
	} else {
		l.last.place.links[by].next = p
	}
	l.last = p
}

func (l *list) remove(p *pull, by int) {
	k := &p.place.links[by]
	if k.prev == nil {
		l.first = k.next
	} else {
		k.prev.place.links[by].next = k.next
	}
	if k.next == nil {
		l.last = k.prev
	} else {
		k.next.place.links[by].prev = k.prev
	}
	*k = link{}
}

// next returns the member behind p.
func (p *pull) next(by int) *pull { return p.place.links[by].next }
