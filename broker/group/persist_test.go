package group

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

var at = time.UnixMilli(1795230399999)

func options() Options { return Options{AutoCreate: true, Now: func() time.Time { return at }} }

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

// sortGroups puts the entries of a subscriptionGroup.json, which Java writes in the order of a hash
// table, in order.
func sortGroups(t *testing.T, text string) string {
	t.Helper()
	const open, sep, end = "\"subscriptionGroupTable\":{\n\t\t", ",\n\t\t\"", "\n\t}\n}"
	head, rest, ok := strings.Cut(text, open)
	body, closed := strings.CutSuffix(rest, end)
	if !ok || !closed {
		t.Fatalf("not the shape of subscriptionGroup.json: %.200q", text)
	}
	entries := strings.Split(strings.TrimPrefix(body, `"`), sep)
	slices.SortFunc(entries, func(a, b string) int {
		nameA, _, _ := strings.Cut(a, `"`)
		nameB, _, _ := strings.Cut(b, `"`)
		return strings.Compare(nameA, nameB)
	})
	return head + open + `"` + strings.Join(entries, sep) + end
}

func load(t *testing.T, b []byte) *Table {
	t.Helper()
	disk := vfs.NewMem()
	write(t, disk, File, b)
	table, err := Open(disk, options())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// What Java 5 wrote is what we write after reading it, byte for byte but for the order of groups;
// and the groups that both make by themselves are the same.
func TestJavaFile(t *testing.T) {
	for name, java := range map[string][]byte{
		"basic-clean": readFile(t, filepath.Join(golden.Store(t, "basic-clean"), "store", File)),
		"java-5.3.3":  readFile(t, "testdata/java-5.3.3.json"),
	} {
		table := load(t, java)
		if got, want := string(encode(table.state.Load())), sortGroups(t, string(java)); got != want {
			t.Errorf("%s: we write\n%s\nJava\n%s", name, got, want)
		}
		for _, group := range system() {
			if got, want := table.Lookup([]byte(group)), newConfig(group); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: Java has %+v, we would make %+v", name, got, want)
			}
		}
	}
}

// The file of a 4.9.7 broker lacks what 5.x added; what it lacks has Java's defaults.
func TestJava4File(t *testing.T) {
	table := load(t, readFile(t, "testdata/java-4.9.7.json"))
	got, want := table.Lookup([]byte("G_all")), newConfig("G_all")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("G_all is %+v, want %+v", got, want)
	}
	if tag := table.Lookup([]byte("G_tag")); tag == nil || tag.RetryMaxTimes != 3 || tag.RetryQueues != 2 {
		t.Errorf("G_tag is %+v", tag)
	}
}

func TestForbidden(t *testing.T) {
	table := load(t, readFile(t, "testdata/java-5.3.3.json"))
	for _, tt := range []struct {
		group, topic string
		bit          uint
		want         bool
	}{
		{"G_forbidden", "TopicFifo", 2, true},
		{"G_forbidden", "TopicFifo", 1, false},
		{"G_forbidden", "TopicFifo", 64, false},
		{"G_forbidden", "Other", 2, false},
		{"G_fifo", "TopicFifo", 2, false},
	} {
		if got := table.Forbidden([]byte(tt.group), []byte(tt.topic), tt.bit); got != tt.want {
			t.Errorf("Forbidden(%s, %s, %d) = %t", tt.group, tt.topic, tt.bit, got)
		}
	}
	if _, err := table.Delete("G_forbidden"); err != nil {
		t.Fatal(err)
	}
	if table.Forbidden([]byte("G_forbidden"), []byte("TopicFifo"), 2) {
		t.Error("still forbidden after the group's deletion")
	}
}

// A disk that fails leaves the group in memory; the next change or Save writes it.
func TestSaveFails(t *testing.T) {
	mem := vfs.NewMem()
	disk := vfs.NewFaulty(mem)
	table, err := Open(disk, options())
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	disk.Inject(vfs.Rule{Op: vfs.OpSync | vfs.OpWrite, Err: broken})
	if c, err := table.Find([]byte("G")); c == nil || err != nil {
		t.Errorf("Find on a broken disk: %v, %v, want a group", c, err)
	}
	if err := table.Save(); !errors.Is(err, ErrNotSaved) || !errors.Is(err, broken) {
		t.Errorf("Save on a broken disk: %v, want ErrNotSaved", err)
	}
	disk.Heal()
	if err := table.Save(); err != nil {
		t.Errorf("Save on a healed disk: %v", err)
	}
	again, err := Open(mem, options())
	if err != nil {
		t.Fatal(err)
	}
	if !again.Exists([]byte("G")) {
		t.Error("G did not reach the disk")
	}
	if _, v := again.All(); v != (protocol.DataVersion{Counter: 1, Timestamp: at.UnixMilli()}) {
		t.Errorf("version on disk %+v", v)
	}
}

func TestDamagedFile(t *testing.T) {
	disk := vfs.NewMem()
	write(t, disk, File, []byte(`{"subscriptionGroupTable":{"G":`))
	write(t, disk, File+".bak", readFile(t, "testdata/java-5.3.3.json"))
	table, err := Open(disk, options())
	if err != nil {
		t.Fatal(err)
	}
	if !table.Exists([]byte("G_fifo")) {
		t.Error("the backup's groups are not there")
	}
	if _, err := disk.Stat(File + ".bad-1795230399999"); err != nil {
		t.Errorf("the damaged file was not set aside: %v", err)
	}
}

// What decodes encodes to something that decodes to the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"dataVersion":{"counter":1},"subscriptionGroupTable":{"G":{"groupRetryPolicy":{"type":"EXPONENTIAL",` +
		`"exponentialRetryPolicy":{"initial":1}},"subscriptionDataSet":[{"topic":"T"}]}}}`))
	f.Add([]byte(`{"forbiddenTable":{"G":{"T":-4}},"subscriptionGroupTable":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decode(b)
		if err != nil {
			return
		}
		text := encode(&state{version: got.Version, forbidden: got.Forbidden, groups: got.Groups})
		again, err := decode(text)
		if err != nil {
			t.Fatalf("%q does not survive: %v", b, err)
		}
		if once := encode(&state{version: again.Version, forbidden: again.Forbidden, groups: again.Groups}); string(once) != string(text) {
			t.Fatalf("%q:\n%s\nbecame\n%s", b, text, once)
		}
	})
}
