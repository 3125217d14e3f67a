package delay

import (
	"context"
	"fmt"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/jsonfile"
)

// File says how far each level was delivered, below the data directory. Java reads and writes it too:
//
//	{
//		"dataVersion":{
//			"counter":7,
//			"stateVersion":0,
//			"timestamp":1795232140067
//		},
//		"offsetTable":{1:3,2:2,18:0
//		}
//	}
//
// Keys are levels, values the queue offset of the next message to deliver, of queue level-1. A level that
// never had a message is left out. One tab per level of nesting, no line end at the end.
// Java: ScheduleMessageService, DelayOffsetSerializeWrapper.
const File = "config/delayOffset.json"

// file is the content of File.
type file struct {
	Version protocol.DataVersion `json:"dataVersion"`
	Offsets map[int32]int64      `json:"offsetTable"`
}

func decode(b []byte) (file, error) {
	var f file
	if err := fastjson.Unmarshal(b, &f); err != nil {
		return file{}, fmt.Errorf("%s: %w", File, err)
	}
	return f, nil
}

func encode(f *file) []byte { return fastjson.AppendPretty(nil, f) }

// load reads File.
func (d *Deliverer) load() error {
	var f file
	loaded, err := jsonfile.Load(d.fs, File, d.opts.Now().UnixMilli(), func(b []byte) (err error) {
		f, err = decode(b)
		return err
	})
	loaded.Report(d.opts.Log.With("so", "delayed messages may be delivered again"), File)
	if err != nil {
		return fmt.Errorf("delay: %w", err)
	}
	d.version = f.Version
	for level, offset := range f.Offsets {
		if level < 1 || int(level) > len(d.levels) {
			if d.unknown == nil {
				d.unknown = make(map[int32]int64)
			}
			d.unknown[level] = offset // of a broker with more levels, which may come back
			continue
		}
		q := &d.levels[level-1]
		q.next, q.known = d.clamp(q, offset), true
	}
	d.warnOfOthers()
	return nil
}

// mostLevels is how far a list of levels that was longer is looked for.
const mostLevels = 64

// warnOfOthers tells of messages that wait in a level that there is not: as in Java they wait until there is.
func (d *Deliverer) warnOfOthers() {
	for level := int32(len(d.levels)) + 1; level <= mostLevels; level++ {
		first := max(d.store.MinOffset(topic, level-1), d.unknown[level])
		if n := d.store.MaxOffset(topic, level-1) - first; n > 0 {
			d.opts.Log.Warn("messages wait in a level that messageDelayLevel does not have any more", "level", level, "messages", n)
		}
	}
}

// clamp is offset if the queue has it, or else what comes next to it. Java: correctDelayOffset.
func (d *Deliverer) clamp(q *queue, offset int64) int64 {
	right := min(max(offset, d.store.MinOffset(topic, q.id)), d.store.MaxOffset(topic, q.id))
	if right != offset {
		d.opts.Log.Error("delayed messages were delivered up to where their queue does not reach", "level", q.id+1, "offset", offset, "now", right)
	}
	return right
}

// snapshot returns what File would say now, after how many moves, and where the last delivery ends in the log.
func (d *Deliverer) snapshot() (f *file, moves, end int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f = &file{Version: d.version, Offsets: make(map[int32]int64)}
	for level, offset := range d.unknown {
		f.Offsets[level] = offset
	}
	for i := range d.levels {
		if q := &d.levels[i]; q.known {
			f.Offsets[q.id+1] = q.next
		}
	}
	return f, d.moves, d.end
}

// runWriter writes File some time after something was delivered.
func (d *Deliverer) runWriter(ctx context.Context) {
	for {
		select {
		case <-d.dirty:
		case <-ctx.Done():
			return
		}
		if !pause(ctx, d.opts.FlushEvery) {
			return
		}
		if err := d.Save(ctx); err != nil && ctx.Err() == nil {
			d.opts.Log.Error("how far delays were delivered is not saved; trying again", "error", err, "in", d.opts.FlushEvery)
			d.soil()
		}
	}
}

// soil has the writer write.
func (d *Deliverer) soil() {
	select {
	case d.dirty <- struct{}{}:
	default: // it knows
	}
}

// Save writes File if there is news, after the disk has what was delivered: in the other order a power cut would lose
// messages for good. Errors: those of store.Synced and of the disk.
func (d *Deliverer) Save(ctx context.Context) error {
	d.saving.Lock()
	defer d.saving.Unlock()
	f, moves, end := d.snapshot()
	if moves == d.saved {
		return nil
	}
	if err := d.store.Synced(ctx, end); err != nil {
		return fmt.Errorf("delay: deliveries up to %d in the log: %w", end, err)
	}
	if err := jsonfile.Store(d.fs, File, encode(f)); err != nil {
		return fmt.Errorf("delay: %w", err)
	}
	d.saved = moves
	d.Metrics.Saves.Add(1)
	return nil
}
