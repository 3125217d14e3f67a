package throttle

import "hash/maphash"

// Lines is one place that logs of many things, each of which is told of by itself, and of all no more than MostLines in each Quiet. Things
// whose hashes meet share a line. It is safe for concurrent use and takes no lock; make it with NewLines.
type Lines struct {
	Most int64 // lines of each thing in each Quiet, about; 0 means one

	seed maphash.Seed
	all  Line
	each [places]Line
}

// Bounds of Lines.
const (
	MostLines = 200

	places = 1024
)

// NewLines makes Lines.
func NewLines() *Lines { return &Lines{seed: maphash.MakeSeed(), all: Line{Most: MostLines}} }

// Due is Line.Due for the thing with a name, in parts, and a number. left counts the lines of that thing, and of all where those were too
// many. It allocates nothing.
func (l *Lines) Due(number int32, name ...[]byte) (left int64, ok bool) {
	line := l.line(number, name)
	own, ok := line.due(l.Most)
	if !ok {
		return 0, false
	}
	rest, ok := l.all.Due()
	if !ok {
		line.left.Add(own) // all's count has this line itself
		return 0, false
	}
	return own + rest, true
}

func (l *Lines) line(number int32, name [][]byte) *Line {
	var h maphash.Hash
	h.SetSeed(l.seed)
	for _, part := range name {
		h.Write(part)
		h.WriteByte(0)
	}
	for ; number != 0; number = int32(uint32(number) >> 8) {
		h.WriteByte(byte(number))
	}
	return &l.each[h.Sum64()%places]
}
