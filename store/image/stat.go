package image

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Stat is what there is in a directory. Times are Unix milliseconds, sizes bytes; files of the log and
// of the index may have holes and take less room than their size.
type Stat struct {
	Abort  string  `json:"abort,omitempty"` // what the abort file holds: the directory is open, or was not closed in order
	Disk   Room    `json:"disk"`
	Log    Log     `json:"log"`
	Index  Files   `json:"index"`
	Timers Timers  `json:"timers"`
	Aside  Files   `json:"setAside"`
	Config []File  `json:"config"`
	Topics []Topic `json:"topics"`
	Groups []Group `json:"groups"`
}

// Room is that of the disk.
type Room struct {
	Total int64 `json:"total"`
	Free  int64 `json:"free"`
}

// Files is how many, and how large.
type Files struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// File is one of config/.
type File struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// Log is the log: messages at log offsets [Start, End).
type Log struct {
	Files
	FileSize int64  `json:"fileSize"`
	Start    int64  `json:"start"`
	End      int64  `json:"end"`
	First    int64  `json:"first"` // store time of the oldest message, 0 if there is none
	Last     int64  `json:"last"`  // and of the newest
	Problem  string `json:"problem,omitempty"`
}

// Topic is the queues that one has files of.
type Topic struct {
	Name     string       `json:"name"`
	Messages int64        `json:"messages"`
	Queues   []TopicQueue `json:"queues"`
}

// TopicQueue has the queue offsets [Min, Max).
type TopicQueue struct {
	ID      int32 `json:"id"`
	Batched bool  `json:"batched,omitempty"` // with several messages to an entry (queue.type=BatchCQ)
	Min     int64 `json:"min"`
	Max     int64 `json:"max"`
	Files
}

// Group is how far a consumer group is in one topic.
type Group struct {
	Group  string       `json:"group"`
	Topic  string       `json:"topic"`
	Lag    int64        `json:"lag"` // messages that it has not consumed
	Queues []GroupQueue `json:"queues"`
}

// GroupQueue is how far it is in one queue.
type GroupQueue struct {
	ID     int32 `json:"id"`
	Offset int64 `json:"offset"`
	Lag    int64 `json:"lag"`
}

// Stat counts. It reads the end of the log, and of queues little.
func (im *Image) Stat() (*Stat, error) {
	s := &Stat{}
	abort, found, err := vfs.ReadFile(im.fsys, layout.AbortFile, maxAbort)
	if err != nil {
		return nil, err
	}
	if found {
		s.Abort = cmp.Or(string(bytes.TrimSpace(abort)), "?")
	}
	usage, err := im.fsys.Usage(".")
	if err != nil {
		return nil, err
	}
	s.Disk = Room{usage.Total, usage.Free}
	if err := im.statLog(&s.Log); err != nil {
		return nil, err
	}
	if s.Index, err = im.files(layout.IndexDir); err != nil {
		return nil, err
	}
	if err := im.statTimers(&s.Timers); err != nil {
		return nil, err
	}
	if s.Aside, err = im.files(layout.AsideDir); err != nil {
		return nil, err
	}
	if err := im.statConfig(s); err != nil {
		return nil, err
	}
	im.statTopics(s)
	return s, im.statGroups(s)
}

func (im *Image) statLog(l *Log) error {
	for _, dir := range im.opt.LogDirs {
		list, err := im.fsys.List(dir)
		if err != nil {
			return err
		}
		for _, e := range list {
			if _, err := mapped.ParseName(e.Name); err == nil && !e.Dir {
				l.Files.Files++
				l.Bytes += e.Size
			}
		}
	}
	l.FileSize = im.opt.LogFileSize
	if im.layout != nil {
		l.Problem = im.layout.Error()
		return nil
	}
	if im.log.Empty() {
		return nil
	}
	l.Start, l.End = im.start(), im.start()
	head, ok, err := im.log.HeadAt(l.Start)
	if ok {
		l.First = head.StoreTime
	}
	if err != nil {
		return err
	}
	return im.findEnd(l)
}

// findEnd walks to the end of the log from the last message that is known from elsewhere: of the
// queues, or at the beginning of a file.
func (im *Image) findEnd(l *Log) error {
	from := l.Start
	for at := l.Start; at < im.log.Limit(); at += l.FileSize {
		if _, ok, err := im.log.HeadAt(at); err != nil {
			return err
		} else if ok {
			from = at
		}
	}
	for _, q := range im.queues {
		if q.last.PhyOffset <= from || q.last.Filler() {
			continue
		}
		if _, sound, err := im.log.SoundAt(q.last.PhyOffset); err != nil {
			return err
		} else if sound {
			from = q.last.PhyOffset
		}
	}
	w := im.log.NewWalker(from, record.CheckCRC, func(v *record.View) error {
		l.Last = v.StoreTime
		return nil
	})
	err := w.Walk(im.log.Limit(), im.log.Limit(), false)
	l.End = w.Offset()
	var corrupt *commitlog.ErrCorrupt
	if errors.As(err, &corrupt) { // unwritten, as a rule
		return nil
	}
	return err
}

func (im *Image) statConfig(s *Stat) error {
	list, err := im.fsys.List(layout.ConfigDir)
	for _, e := range list {
		if !e.Dir {
			s.Config = append(s.Config, File{e.Name, e.Size})
		}
	}
	return err
}

func (im *Image) statTopics(s *Stat) {
	for _, q := range im.queues {
		if n := len(s.Topics); n == 0 || s.Topics[n-1].Name != q.Topic {
			s.Topics = append(s.Topics, Topic{Name: q.Topic})
		}
		t := &s.Topics[len(s.Topics)-1]
		t.Messages += q.Max - q.Min
		t.Queues = append(t.Queues, TopicQueue{q.ID, q.Batched, q.Min, q.Max, Files{q.Files, q.Bytes}})
	}
}

// offsets are the members of consumerOffset.json that tell how far groups are, by TOPIC@GROUP and queue.
// With enableLmq the table is lmqConsumerOffset.json and has those of light queues, which have the id 0.
type offsets struct {
	OffsetTable    map[string]map[int32]int64 `json:"offsetTable"`
	LMQOffsetTable map[string]int64           `json:"lmqOffsetTable"`
}

// read gathers the tables that there are.
func (o *offsets) read(im *Image) error {
	o.OffsetTable = make(map[string]map[int32]int64)
	for _, name := range []string{"consumerOffset.json", "lmqConsumerOffset.json"} {
		var t offsets
		if err := im.table(path.Join(layout.ConfigDir, name), &t); err != nil {
			return err
		}
		maps.Copy(o.OffsetTable, t.OffsetTable)
		for key, off := range t.LMQOffsetTable {
			o.OffsetTable[key] = map[int32]int64{0: off}
		}
	}
	return nil
}

// statGroups compares what groups have consumed with the queues.
func (im *Image) statGroups(s *Stat) error {
	var table offsets
	if err := table.read(im); err != nil {
		return err
	}
	ends := make(map[string]map[int32]int64)
	for _, q := range im.queues {
		if ends[q.Topic] == nil {
			ends[q.Topic] = make(map[int32]int64)
		}
		ends[q.Topic][q.ID] = q.Max
	}
	for key, queues := range table.OffsetTable {
		topic, group, ok := strings.Cut(key, "@")
		if !ok {
			continue
		}
		g := Group{Group: group, Topic: topic}
		for id, off := range queues {
			lag := max(0, ends[topic][id]-off)
			g.Lag += lag
			g.Queues = append(g.Queues, GroupQueue{id, off, lag})
		}
		slices.SortFunc(g.Queues, func(a, b GroupQueue) int { return cmp.Compare(a.ID, b.ID) })
		s.Groups = append(s.Groups, g)
	}
	slices.SortFunc(s.Groups, func(a, b Group) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Topic, b.Topic))
	})
	return nil
}

// table reads a table of config/ or its backup; it stays empty without one that can be used.
func (im *Image) table(name string, into *offsets) error {
	_, err := jsonfile.Peek(im.fsys, name, func(b []byte) error {
		var t offsets
		err := fastjson.Unmarshal(b, &t)
		if err == nil {
			*into = t
		}
		return err
	})
	return err
}

// maxAbort is more than an abort file has bytes.
const maxAbort = 4096

// files counts what lies in a directory, and below it.
func (im *Image) files(dir string) (sum Files, err error) {
	list, err := im.fsys.List(dir)
	if err != nil {
		return sum, err
	}
	for _, e := range list {
		below := Files{1, e.Size}
		if e.Dir {
			if below, err = im.files(path.Join(dir, e.Name)); err != nil {
				return sum, err
			}
		}
		sum.Files += below.Files
		sum.Bytes += below.Bytes
	}
	return sum, nil
}
