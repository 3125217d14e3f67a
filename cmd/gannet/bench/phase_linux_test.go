package bench

import (
	"context"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Memory that is given back before the end of the load counts: the most is reported, not the last.
func TestMemoryAmidTheLoad(t *testing.T) {
	const size = 64 << 20
	var p phase
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { p.watch(ctx, os.Getpid()) })
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < size; i += 4096 {
		b[i] = 1
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(30 * time.Second); p.anon.Load() < size && time.Now().Before(until); {
		<-tick.C
	}
	if err := syscall.Munmap(b); err != nil {
		t.Fatal(err)
	}
	cancel()
	watching.Wait()
	var r Report
	r.processes(os.Getpid(), &p)
	if r.RSSAnon < size || r.RSS < size {
		t.Errorf("RssAnon %d, VmRSS %d; want at least %d", r.RSSAnon, r.RSS, size)
	}
}
