package offset

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

func write(t *testing.T, fs vfs.FS, name string, b []byte) {
	t.Helper()
	if err := fs.MkdirAll("config"); err != nil {
		t.Fatal(err)
	}
	f, err := fs.Create(name, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, 0); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func load(t *testing.T, fs vfs.FS, o Options) *Table {
	t.Helper()
	table, err := Open(fs, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func wants(t *testing.T, table *Table, topic, group string, queue int32, want int64) {
	t.Helper()
	got, ok := table.Query([]byte(group), []byte(topic), queue)
	if !ok {
		got = -1
	}
	if got != want {
		t.Errorf("%s, queue %d, group %s: %d, want %d", topic, queue, group, got, want)
	}
}

// sorted puts the entries of a consumerOffset.json, and the topics of a group, which Java writes in
// the order of a hash table, in order.
func sorted(t *testing.T, text string) string {
	t.Helper()
	lines := strings.Split(text, "\n")
	begin := func(line string) int {
		i := slices.Index(lines, line)
		if i < 0 {
			t.Fatalf("no line %q in %q", line, text)
		}
		return i + 1
	}
	groups := lines[begin("\t\"groupTopicMap\":{"):]
	groups = groups[:slices.Index(groups, "\t},")]
	for i, line := range groups {
		group, list, _ := strings.Cut(strings.TrimRight(line, ","), "[")
		topics := strings.Split(strings.TrimSuffix(list, "]"), ",")
		slices.Sort(topics)
		groups[i] = group + "[" + strings.Join(topics, ",") + "]"
	}
	slices.Sort(groups)
	for i := range groups[:len(groups)-1] {
		groups[i] += ","
	}
	offsets := lines[begin("\t\"offsetTable\":{"):]
	offsets = offsets[:slices.Index(offsets, "\t}")]
	var entries []string
	for pair := range slices.Chunk(offsets, 2) {
		entries = append(entries, pair[0]+"\n\t\t}")
	}
	slices.Sort(entries)
	flat := strings.Split(strings.Join(entries, ",\n"), "\n")
	copy(offsets, flat)
	return strings.Join(lines, "\n")
}

// What Java wrote is what we write after reading it, byte for byte but for the order of keys.
func TestJavaFile(t *testing.T) {
	java := readFile(t, filepath.Join(golden.Store(t, "basic-clean"), "store", File))
	disk := vfs.NewMem()
	write(t, disk, File, java)
	table := load(t, disk, Options{})
	if got, want := string(encode(table.snapshot())), sorted(t, string(java)); got != want {
		t.Errorf("we write\n%s\nJava\n%s", got, want)
	}
	wants(t, table, "TopicOne", "G_all", 0, 701)
	wants(t, table, "TopicOrder", "G_order", 3, 0)
	wants(t, table, "TopicOrder", "G_order", 4, -1)
	wants(t, table, "G_order", "TopicOrder", 3, -1)
}

func TestJavaFileOfNothing(t *testing.T) {
	java := readFile(t, filepath.Join(golden.Store(t, "basic-killed"), "store", File))
	f, err := decode(java)
	if err != nil {
		t.Fatal(err)
	}
	if got := encode(f.Version, map[string]queues{}); string(got) != string(java) {
		t.Errorf("we write %q, Java %q", got, java)
	}
}

func TestJava4File(t *testing.T) {
	disk := vfs.NewMem()
	write(t, disk, File, readFile(t, "testdata/java-4.9.7.json"))
	table := load(t, disk, Options{})
	wants(t, table, "TopicA", "G_all", 1, 110)
	wants(t, table, "%RETRY%G_all", "G_all", 0, 0)
	if table.version != (protocol.DataVersion{}) {
		t.Errorf("version %+v, want none", table.version)
	}
}

func TestSaveAndLoad(t *testing.T) {
	disk := vfs.NewMem()
	now := time.UnixMilli(1795230399999)
	table := load(t, disk, Options{VersionStep: 2, Now: func() time.Time { return now }})
	for i := range 5 {
		if err := table.Commit([]byte("G"), []byte("T"), int32(i%2), int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	again := load(t, disk, Options{})
	wants(t, again, "T", "G", 0, 4)
	wants(t, again, "T", "G", 1, 3)
	if want := (protocol.DataVersion{Counter: 2, Timestamp: now.UnixMilli()}); again.version != want {
		t.Errorf("version %+v after 5 commits with step 2, want %+v", again.version, want)
	}
	if err := again.Save(); err != nil || again.Metrics.Saves.Load() != 0 {
		t.Errorf("Save without a commit wrote %d times (%v)", again.Metrics.Saves.Load(), err)
	}
}

func TestSaveFails(t *testing.T) {
	mem := vfs.NewMem()
	disk := vfs.NewFaulty(mem)
	table := load(t, disk, Options{})
	broken := errors.New("broken")
	disk.Inject(vfs.Rule{Op: vfs.OpSync, Err: broken})
	if err := table.Commit([]byte("G"), []byte("T"), 0, 7); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := table.Save(); !errors.Is(err, broken) {
			t.Errorf("Save on a broken disk: %v", err)
		}
	}
	disk.Heal()
	if err := table.Save(); err != nil {
		t.Errorf("Save on a healed disk: %v", err)
	}
	wants(t, load(t, mem, Options{}), "T", "G", 0, 7)
}

// The goroutine writes 10 s after the start and then every 5 s, and only what changed.
func TestWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := vfs.NewFaulty(vfs.NewMem())
		table := load(t, disk, Options{})
		table.Start()
		commit := func(off int64) {
			t.Helper()
			if err := table.Commit([]byte("G"), []byte("T"), 0, off); err != nil {
				t.Fatal(err)
			}
		}
		after := func(d time.Duration, want int64) {
			t.Helper()
			<-time.After(d) // fake: the bubble's clock
			synctest.Wait()
			if got := table.Metrics.Saves.Load(); got != want {
				t.Errorf("written %d times, want %d", got, want)
			}
		}
		commit(1)
		after(10*time.Second-1, 0)
		after(1, 1)
		after(60*time.Second, 1)
		commit(2)
		after(5*time.Second, 2)
		disk.Inject(vfs.Rule{Op: vfs.OpSync, Err: errors.New("broken")})
		commit(3)
		after(20*time.Second, 2)
		disk.Heal()
		after(5*time.Second, 3)
		commit(4)
		if err := table.Close(); err != nil {
			t.Fatal(err)
		}
		after(time.Hour, 4)
	})
}

// What decodes encodes to something that decodes to the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"dataVersion":{"counter":1},"groupTopicMap":{"G":["T"]},"offsetTable":{"T@G":{0:1,"2":-3}}}`))
	f.Add([]byte(`{"offsetTable":{"@":{},"a@b@c":{2147483647:9223372036854775807}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decode(b)
		if err != nil {
			return
		}
		text := encode(got.Version, got.Offsets)
		again, err := decode(text)
		if err != nil {
			t.Fatalf("%q does not survive: %v", b, err)
		}
		if once := encode(again.Version, again.Offsets); string(once) != string(text) {
			t.Fatalf("%q:\n%s\nbecame\n%s", b, text, once)
		}
	})
}
