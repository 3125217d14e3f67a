package filter

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/broker/filter/sql92"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/vfs"
)

func javaFile(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(golden.Store(t, "cqext"), "store", File))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func content(t *testing.T, fs vfs.FS) string {
	t.Helper()
	b, _, err := vfs.ReadFile(fs, File, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestJavaFile reads what Java wrote and would write the same.
func TestJavaFile(t *testing.T) {
	fs, want := vfs.NewMem(), javaFile(t)
	if err := jsonfile.Store(fs, File, want); err != nil {
		t.Fatal(err)
	}
	f, _ := open(t, fs, Options{})
	if got := string(f.encode()); got != string(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	d := f.Registered([]byte("G_sql"), []byte("TopicSql"))
	if d == nil || !d.dead() || !d.Match(message("TopicSql", "a", "6", "TAGS", "x")) || d.Match(message("TopicSql", "a", "6")) {
		t.Errorf("got %+v, want a > 5 AND TAGS is not null", d)
	}
}

// TestOtherShape forgets entries whose bits are of another bloom filter.
func TestOtherShape(t *testing.T) {
	fs := vfs.NewMem()
	if err := jsonfile.Store(fs, File, javaFile(t)); err != nil {
		t.Fatal(err)
	}
	f, _ := open(t, fs, Options{ErrorRate: 10})
	if len(f.topics) != 0 || len(f.groups) != 0 || f.kept != 0 {
		t.Errorf("got %d topics, %d groups, %d bytes, want none", len(f.topics), len(f.groups), f.kept)
	}
	if err := f.Save(); err != nil || content(t, fs) != "{\n\t\"filterDataByTopic\":{}\n}" {
		t.Errorf("got %q, %v, want an empty table", content(t, fs), err)
	}
}

// TestSaved comes back after a stop and after a power cut, with the groups as gone.
func TestSaved(t *testing.T) {
	fs := vfs.NewMem()
	f, c := open(t, fs, Options{SaveAfter: time.Hour})
	f.Start()
	heartbeat(f, "G", sql("T", "a = 1", 7))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for name, disk := range map[string]vfs.FS{"stop": fs, "power cut": fs.Clone(rand.New(rand.NewPCG(1, 2)), vfs.Policy{})} {
		again, err := Open(disk, Options{Now: func() time.Time { return c.now.Add(time.Minute) }})
		if err != nil {
			t.Fatal(err)
		}
		d := again.Registered([]byte("G"), []byte("T"))
		if d == nil || d.Version != 7 || d.Dead != c.now.Add(30*time.Second).UnixMilli() {
			t.Errorf("%s: got %+v, want version 7, dead for 30 s", name, d)
		}
	}
}

// TestStricterNow forgets what it cannot compile any more, so that the next heartbeat is refused and not taken for known.
func TestStricterNow(t *testing.T) {
	fs := vfs.NewMem()
	f, _ := open(t, fs, Options{})
	heartbeat(f, "G", sql("T", "((a = 1))", 7))
	heartbeat(f, "H", sql("T", "a = 1", 7))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again, _ := open(t, fs, Options{Limits: sql92.Limits{Depth: 2}})
	heartbeat(again, "G", sql("T", "((a = 1))", 7))
	if g, h := again.Registered([]byte("G"), []byte("T")), again.Registered([]byte("H"), []byte("T")); g != nil || h == nil {
		t.Errorf("too deep: %v, want none; the other: %v", g, h)
	}
}

// TestWriter writes after a change, in time, and without being asked.
func TestWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := vfs.NewMem()
		f, err := Open(fs, Options{Clean: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		f.Start()
		heartbeat(f, "G", sql("T", "a = 1", 1))
		<-time.After(10*time.Second + time.Millisecond)
		if got := content(t, fs); !strings.Contains(got, "\"a = 1\"") {
			t.Errorf("after 10 s: got %s, want the filter", got)
		}
		f.Gone("G")
		<-time.After(2 * time.Minute)
		if got := content(t, fs); strings.Contains(got, "\"a = 1\"") {
			t.Errorf("the dead are kept: %s", got)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestClean drops what has been dead for long, and writes nothing when nothing changed.
func TestClean(t *testing.T) {
	fs := vfs.NewMem()
	f, c := open(t, fs, Options{SaveAfter: time.Millisecond, Clean: time.Hour})
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	if names, err := fs.List("config"); err == nil && len(names) > 0 {
		t.Errorf("written for nothing: %v", names)
	}
	heartbeat(f, "G", sql("T", "a = 1", 1))
	f.Gone("G")
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	c.pass(2 * time.Hour)
	if err := f.Save(); err != nil || content(t, fs) != "{\n\t\"filterDataByTopic\":{}\n}" {
		t.Errorf("got %q, %v, want the dead dropped", content(t, fs), err)
	}
}
