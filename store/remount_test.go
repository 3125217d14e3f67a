package store_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/vfs"
)

// changes is whatever a disk refuses that was mounted read-only.
const changes = vfs.OpCreate | vfs.OpRename | vfs.OpRemove | vfs.OpMkdir | vfs.OpSyncDir | vfs.OpSyncTree | vfs.OpWrite | vfs.OpTruncate |
	vfs.OpAllocate | vfs.OpSync | vfs.OpMapSync | vfs.OpLock

// producer puts messages one after the other and knows which were acknowledged.
type producer struct {
	t     *testing.T
	store *store.Store
	acked int64 // messages
}

// put stores one message and waits for its acknowledgement.
func (p *producer) put() error {
	done, err := tryPut(p.t, p.store, fmt.Sprint(p.acked)+strings.Repeat(" x", 500))
	if err != nil {
		return err
	}
	p.store.Drive()
	if err := <-done; err != nil {
		return err
	}
	p.acked++
	return nil
}

// refused waits until nothing is acknowledged any more, and the store says why.
func (p *producer) refused(why error) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("messages are refused: %v", why), func() bool { return errors.Is(p.put(), why) })
	eventually(p.t, fmt.Sprintf("the store is read-only: %v", why), func() bool {
		err := p.store.ReadOnly()
		return errors.Is(err, store.ErrReadOnly) && errors.Is(err, why)
	})
	acked := p.acked
	for range 20 {
		if err := p.put(); err == nil {
			p.t.Errorf("a message was acknowledged after the store had said that it is read-only: %v", why)
		}
	}
	p.acked = acked
}

// holds wants every message that was acknowledged, in its order, before others that were not.
func (p *producer) holds(s *store.Store) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("%d messages that were acknowledged are in the queue", p.acked), func() bool {
		return s.MaxOffset([]byte("T"), 0) >= p.acked // the dispatcher follows the flusher
	})
	next := int64(0)
	for next < p.acked {
		var r store.Read
		status, err := s.Get(&store.Query{Topic: []byte("T"), Offset: next, Max: 32}, &r)
		if err != nil || status != store.Found {
			p.t.Fatalf("message %d: %v, %v", next, status, err)
		}
		for _, body := range bodies(p.t, &r) {
			if got, _, _ := strings.Cut(body, " "); next < p.acked && got != fmt.Sprint(next) {
				p.t.Fatalf("message %d is %q", next, got)
			}
			next++
		}
		r.Release()
	}
}

// A disk that becomes read-only under the store, as the kernel makes it after errors of a journal: nothing is
// acknowledged from then on, what was stays readable, and the next start has it and goes on.
func TestDiskBecomesReadOnly(t *testing.T) {
	for name, flush := range map[string]store.FlushMode{"sync": store.SyncFlush, "async": store.AsyncFlush} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewMem()
			disk := vfs.NewFaulty(mem)
			o := store.Hurried(small())
			o.Flush = flush
			p := &producer{t: t, store: open(t, disk, o)}
			for range 300 {
				if err := p.put(); err != nil {
					t.Fatal(err)
				}
			}
			disk.Inject(vfs.Rule{Op: changes, Err: syscall.EROFS})
			p.refused(syscall.EROFS)
			p.holds(p.store)
			if err := p.store.Close(); !errors.Is(err, syscall.EROFS) {
				t.Errorf("close: got %v, want %v", err, syscall.EROFS)
			}
			if _, err := store.Open(disk, o); !errors.Is(err, syscall.EROFS) {
				t.Errorf("a start on the read-only disk: got %v, want %v", err, syscall.EROFS)
			}
			p.store = open(t, mem, o)
			p.holds(p.store)
			before := p.acked
			p.acked = p.store.MaxOffset([]byte("T"), 0) // others may have been stored
			if err := p.put(); err != nil || p.acked < before {
				t.Errorf("after a restart: %v", err)
			}
			if err := p.store.Check(); err != nil {
				t.Error(err)
			}
			closeStore(t, p.store)
		})
	}
}

// The log's next file cannot be had: descriptors are used up, or maps (vm.max_map_count). Messages are refused
// with the reason once the present file is full, and taken again when what lacked is there; a start finds all.
func TestRollWithoutMeans(t *testing.T) {
	for _, c := range []struct {
		op  vfs.Op
		err error
	}{
		{vfs.OpCreate, syscall.EMFILE}, {vfs.OpCreate, syscall.ENFILE}, {vfs.OpMap, syscall.ENOMEM}, {vfs.OpSyncDir, syscall.ENOMEM},
		{vfs.OpPopulate, syscall.ENOMEM}, {vfs.OpAllocate, syscall.ENOMEM},
	} {
		for _, again := range []bool{true, false} { // or after a restart only
			t.Run(fmt.Sprintf("%v %v again %v", c.op, c.err, again), func(t *testing.T) {
				mem := vfs.NewMem()
				disk := vfs.NewFaulty(mem)
				o := store.Hurried(small())
				o.Flush = store.SyncFlush
				p := &producer{t: t, store: open(t, disk, o)}
				for range 10 {
					if err := p.put(); err != nil {
						t.Fatal(err)
					}
				}
				for _, name := range []string{"commitlog", "commitlog/*"} {
					disk.Inject(vfs.Rule{Op: c.op, Name: name, Err: c.err})
				}
				eventually(t, "messages are refused", func() bool { return errors.Is(p.put(), c.err) })
				for range 20 {
					if err := p.put(); !errors.Is(err, c.err) {
						t.Errorf("a message: got %v, want %v", err, c.err)
					}
				}
				if err := p.store.ReadOnly(); !errors.Is(err, store.ErrReadOnly) || !errors.Is(err, c.err) || !store.Passes(err) {
					t.Errorf("the store says %v, want %v because of %v, which may end", err, store.ErrReadOnly, c.err)
				}
				if err := p.put(); !store.IsUnavailable(err) || store.IsBusy(err) {
					t.Errorf("a message: got %v, want the store to be unavailable: no answer that clients try again at once", err)
				}
				p.holds(p.store)
				if again {
					disk.Heal()
					eventually(t, "messages are taken again", func() bool { return p.put() == nil })
					if err := p.store.ReadOnly(); err != nil {
						t.Errorf("the store says %v though it takes messages", err)
					}
					closeStore(t, p.store)
				} else if err := p.store.Close(); err != nil && !errors.Is(err, c.err) {
					t.Errorf("close: %v", err)
				}
				p.store = open(t, mem, o)
				p.holds(p.store)
				if got := p.store.MaxOffset([]byte("T"), 0); got != p.acked {
					t.Errorf("%d messages, %d were acknowledged", got, p.acked)
				}
				for range 100 {
					if err := p.put(); err != nil {
						t.Fatalf("after a restart: %v", err)
					}
				}
				if err := p.store.Check(); err != nil {
					t.Error(err)
				}
				closeStore(t, p.store)
			})
		}
	}
}
