package throttle

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pages keeps what is logged, without times.
type pages []string

func (p *pages) Write(b []byte) (int, error) {
	line := strings.TrimSpace(string(b))
	*p = append(*p, line[strings.Index(line, "level="):])
	return len(b), nil
}

func TestLine(t *testing.T) {
	for name, tt := range map[string]struct {
		most int64
		want []string
	}{
		"one": {0, []string{
			"level=WARN msg=full n=0", `level=WARN msg=full n=5 "similar lines left out"=4`, `level=WARN msg=full n=10 "similar lines left out"=4`,
		}},
		"three": {3, []string{
			"level=WARN msg=full n=0", "level=WARN msg=full n=1", "level=WARN msg=full n=2",
			`level=WARN msg=full n=5 "similar lines left out"=2`, "level=WARN msg=full n=6", "level=WARN msg=full n=7",
			`level=WARN msg=full n=10 "similar lines left out"=2`, "level=WARN msg=full n=11", "level=WARN msg=full n=12",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got pages
				l := Line{Most: tt.most}
				log := slog.New(slog.NewTextHandler(&got, nil))
				for n := range 15 {
					if n > 0 && n%5 == 0 {
						<-time.After(Quiet)
					}
					l.Log(log, slog.LevelWarn, "full", "n", n)
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
				}
			})
		})
	}
}

// Every line is written or counted, whoever comes together.
func TestNoneIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Line
		var told, left atomic.Int64
		for range 3 {
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if n, ok := l.Due(); ok {
						told.Add(1)
						left.Add(n)
					}
				})
			}
			all.Wait()
			<-time.After(Quiet)
		}
		if waits := l.left.Load(); told.Load() != 3 || left.Load()+waits != 297 || waits > 99 {
			t.Errorf("%d lines told of %d others, %d wait to be told of, want 3, and 297 of which the last 99 may wait", told.Load(), left.Load(), waits)
		}
	})
}

func TestQuietAllocatesNothing(t *testing.T) {
	var l Line
	l.Due()
	if n := testing.AllocsPerRun(1000, func() { l.Due() }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
