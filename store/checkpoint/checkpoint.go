// Package checkpoint keeps the file that tells recovery how much of the store certainly reached
// the disk.
package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/gannetmq/gannet/store/vfs"
)

// The file (Java: StoreCheckpoint) is one page, big endian; what follows the fields is zero.
//
//	 0              8               16             24                   32
//	+--------------+---------------+--------------+--------------------+----------------+
//	|physicMsgTime8|logicsMsgTime8 |indexMsgTime8 |masterFlushedOffset8|confirmPhyOffset8|
//	+--------------+---------------+--------------+--------------------+----------------+
//
// Part of the format.
const (
	// Size of the file, in bytes.
	Size = 4096

	fieldsSize = 40
)

// safety is what Java takes off the times (StoreCheckpoint.getMinTimestamp), in milliseconds.
const safety = 3000

// Checkpoint is the content of the file. Times are store times of messages in Unix milliseconds and
// never run ahead of what is durable; 0 says that nothing is known.
type Checkpoint struct {
	LogTime             int64 // newest flushed record of the CommitLog (Java: physicMsgTimestamp)
	QueueTime           int64 // newest record whose consume queue entry is flushed (logicsMsgTimestamp)
	IndexTime           int64 // end of the newest flushed index file (indexMsgTimestamp)
	MasterFlushedOffset int64 // a slave's knowledge of its master; kept for Java
	ConfirmOffset       int64 // last record that recovery saw, or the confirmed offset of a controller's group
}

// MinTime is the store time before which everything, log and queues, is durable.
func (c Checkpoint) MinTime() int64 {
	return max(0, min(c.LogTime, c.QueueTime)-safety)
}

// Append appends the fields, not the zeros behind them.
func (c Checkpoint) Append(dst []byte) []byte {
	be := binary.BigEndian
	dst = be.AppendUint64(dst, uint64(c.LogTime))
	dst = be.AppendUint64(dst, uint64(c.QueueTime))
	dst = be.AppendUint64(dst, uint64(c.IndexTime))
	dst = be.AppendUint64(dst, uint64(c.MasterFlushedOffset))
	return be.AppendUint64(dst, uint64(c.ConfirmOffset))
}

// Decode reads the fields. Negative values count as unknown. ok is false if b is too short.
func Decode(b []byte) (c Checkpoint, ok bool) {
	if len(b) < fieldsSize {
		return c, false
	}
	field := func(i int) int64 { return max(0, int64(binary.BigEndian.Uint64(b[8*i:]))) }
	return Checkpoint{
		LogTime: field(0), QueueTime: field(1), IndexTime: field(2),
		MasterFlushedOffset: field(3), ConfirmOffset: field(4),
	}, true
}

// File is the open file. Its owner calls it from one goroutine at a time.
type File struct {
	f       vfs.File
	name    string
	written Checkpoint // what the file holds
	buf     [fieldsSize]byte
}

// Open opens the file, or creates it, and returns what it says. A file that is too short says
// nothing and is made whole: what it tells is an optimisation, which the log can do without.
func Open(fsys vfs.FS, dir, name string) (*File, Checkpoint, error) {
	f, err := openOrCreate(fsys, dir, name)
	if err != nil {
		return nil, Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	x := &File{f: f, name: name}
	c, err := x.load()
	if err != nil {
		return nil, Checkpoint{}, errors.Join(fmt.Errorf("checkpoint: %s: %w", name, err), f.Close())
	}
	x.written = c
	return x, c, nil
}

func openOrCreate(fsys vfs.FS, dir, name string) (vfs.File, error) {
	f, err := fsys.Open(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if f, err = fsys.Create(name, Size); err != nil {
		return nil, err
	}
	if err := errors.Join(f.Sync(), fsys.SyncDir(dir)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (x *File) load() (Checkpoint, error) {
	size, err := x.f.Size()
	if err != nil {
		return Checkpoint{}, err
	}
	if size < Size {
		return Checkpoint{}, errors.Join(x.f.Truncate(0), x.f.Truncate(Size), x.f.Sync())
	}
	if _, err := x.f.ReadAt(x.buf[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return Checkpoint{}, err
	}
	c, _ := Decode(x.buf[:])
	return c, nil
}

// Store makes c durable, unless the file says it already. The fields lie in one sector, which disks
// write whole.
func (x *File) Store(c Checkpoint) error {
	if c == x.written {
		return nil
	}
	if _, err := x.f.WriteAt(c.Append(x.buf[:0]), 0); err != nil {
		return fmt.Errorf("checkpoint: %s: %w", x.name, err)
	}
	if err := x.f.Sync(); err != nil {
		return fmt.Errorf("checkpoint: %s: %w", x.name, err)
	}
	x.written = c
	return nil
}

// Close closes the file.
func (x *File) Close() error { return x.f.Close() }
