package topic

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

func javaOptions() Options {
	return Options{
		Cluster: "DefaultCluster", Broker: "broker-a", AutoCreate: true, DefaultQueues: 8,
		ClusterTopic: true, BrokerTopic: true, ReviveQueues: 8, TimerTopic: true,
		Now: func() time.Time { return time.UnixMilli(1795230399999) },
	}
}

// javaFile returns the topics.json of a store image.
func javaFile(t *testing.T, image string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(golden.Store(t, image), "store", File))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

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

func read(t *testing.T, fs vfs.FS, name string) string {
	t.Helper()
	b, found, err := vfs.ReadFile(fs, name, 1<<20)
	if err != nil || !found {
		t.Fatalf("%s: found %t, %v", name, found, err)
	}
	return string(b)
}

// sortTopics puts the entries of a topics.json, which Java writes in the order of a hash table, in order.
func sortTopics(t *testing.T, text string) string {
	t.Helper()
	const open, sep, end = "\"topicConfigTable\":{\n\t\t", ",\n\t\t\"", "\n\t}\n}"
	head, rest, ok := strings.Cut(text, open)
	body, closed := strings.CutSuffix(rest, end)
	if !ok || !closed {
		t.Fatalf("not the shape of topics.json: %.200q", text)
	}
	entries := strings.Split(strings.TrimPrefix(body, `"`), sep)
	slices.SortFunc(entries, func(a, b string) int {
		nameA, _, _ := strings.Cut(a, `"`)
		nameB, _, _ := strings.Cut(b, `"`)
		return strings.Compare(nameA, nameB)
	})
	return head + open + `"` + strings.Join(entries, sep) + end
}

// What Java wrote is what we write after reading it, byte for byte but for the order of topics; and
// the topics that both make by themselves are the same.
func TestJavaFile(t *testing.T) {
	for _, image := range []string{"basic-clean", "basic-killed"} {
		java := javaFile(t, image)
		disk := vfs.NewMem()
		write(t, disk, File, java)
		table, err := Open(disk, javaOptions())
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(encode(table.state.Load())), sortTopics(t, string(java)); got != want {
			t.Errorf("%s: we write\n%s\nJava\n%s", image, got, want)
		}
		for _, c := range system(&table.opts) {
			got := table.Lookup([]byte(c.Name))
			if !got.equal(c) {
				t.Errorf("%s: Java has %s, we would make %s", image, got, c)
			}
		}
	}
}

func TestChangeIsOnDisk(t *testing.T) {
	disk := vfs.NewMem()
	write(t, disk, File, javaFile(t, "basic-clean"))
	before := read(t, disk, File)
	table, err := Open(disk, javaOptions())
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Save(); err != nil || read(t, disk, File) != before {
		t.Errorf("Save without a change wrote the file (%v)", err)
	}
	if err := table.Update(Config{Name: "New", Perm: 6, FilterType: protocol.SingleTag}, "+message.type=FIFO"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, disk, File+".bak"); got != before {
		t.Errorf("the backup is not the content before: %.100q", got)
	}
	again, err := Open(disk, javaOptions())
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Lookup([]byte("New")); got == nil || got.Attributes["message.type"] != "FIFO" {
		t.Errorf("after opening again: %v", got)
	}
	if _, v := again.All(); v != (protocol.DataVersion{Counter: 11, Timestamp: 1795230399999}) {
		t.Errorf("after opening again: version %+v, want 10 + 1", v)
	}
}

// A disk that fails leaves the change in memory and says so; the next change or Save writes it.
func TestSaveFails(t *testing.T) {
	mem := vfs.NewMem()
	disk := vfs.NewFaulty(mem)
	table, err := Open(disk, javaOptions())
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	disk.Inject(vfs.Rule{Op: vfs.OpSync | vfs.OpWrite, Err: broken})
	err = table.Update(Config{Name: "A", Perm: 6}, "")
	if !errors.Is(err, ErrNotSaved) || !errors.Is(err, broken) {
		t.Errorf("Update on a broken disk: %v, want ErrNotSaved", err)
	}
	if c, err := table.CreateIfAbsent([]byte("%RETRY%G"), 1, 6, 0); c == nil || err != nil {
		t.Errorf("CreateIfAbsent on a broken disk: %v, %v, want a topic", c, err)
	}
	if errs := table.EnsureRetries([]Retry{{Group: "H", Queues: 1}}); errs[0] != nil || !table.Exists([]byte("%RETRY%H")) {
		t.Errorf("EnsureRetries on a broken disk: %v, want a topic", errs)
	}
	if err := table.Save(); !errors.Is(err, ErrNotSaved) {
		t.Errorf("Save on a broken disk: %v, want ErrNotSaved", err)
	}
	disk.Heal()
	if err := table.Save(); err != nil {
		t.Errorf("Save on a healed disk: %v", err)
	}
	again, err := Open(mem, javaOptions())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"A", "%RETRY%G", "%RETRY%H"} {
		if !again.Exists([]byte(name)) {
			t.Errorf("%s did not reach the disk", name)
		}
	}
}

func TestDamagedFile(t *testing.T) {
	good := javaFile(t, "basic-clean")
	for _, bad := range []string{"{", "null garbage", `{"topicConfigTable":{"A":7}}`, "[]"} {
		disk := vfs.NewMem()
		write(t, disk, File, []byte(bad))
		write(t, disk, File+".bak", good)
		table, err := Open(disk, javaOptions())
		if err != nil {
			t.Errorf("%q with a good backup: %v", bad, err)
			continue
		}
		if !table.Exists([]byte("TopicBatch")) {
			t.Errorf("%q: the backup's topics are not there", bad)
		}
		if read(t, disk, File+".bad-1795230399999") != bad {
			t.Errorf("%q was not set aside", bad)
		}
	}
}

func TestMissingMembersAreJavasDefaults(t *testing.T) {
	f, err := decode([]byte(`{'dataVersion':{counter:3},"topicConfigTable":{"A":{"perm":4}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Name: "A", ReadQueues: 16, WriteQueues: 16, Perm: 4, FilterType: protocol.SingleTag}
	if got := f.Topics["A"]; !got.equal(&want) || f.Version.Counter != 3 {
		t.Errorf("got %s and %+v, want %s", got, f.Version, &want)
	}
}

// What decodes encodes to something that decodes to the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"dataVersion":{"counter":1},"topicConfigTable":{"A":{"attributes":{"message.type":"FIFO"},"perm":6}}}`))
	f.Add([]byte(`{"topicConfigTable":{"A":null}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decode(b)
		if err != nil {
			return
		}
		again, err := decode(encode(&state{version: got.Version, topics: got.Topics}))
		if err != nil {
			t.Fatalf("%q does not survive: %v", b, err)
		}
		if again.Version != got.Version || len(again.Topics) != len(got.Topics) {
			t.Fatalf("%q: %+v became %+v", b, got, again)
		}
		for name, c := range got.Topics {
			if !again.Topics[name].equal(c) {
				t.Fatalf("%q: %s became %s", b, c, again.Topics[name])
			}
		}
	})
}
