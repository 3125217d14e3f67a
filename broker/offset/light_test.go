package offset

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/vfs"
)

// What Java wrote of light queues is what we write after reading it.
func TestJavaLightFile(t *testing.T) {
	java := readFile(t, filepath.Join(golden.Store(t, "light-queues"), "store", LightFile))
	disk := vfs.NewMem()
	write(t, disk, LightFile, java)
	table := load(t, disk, Options{Light: true})
	if got := string(fastjson.AppendPretty(nil, lightContent(table.snapshot()))); got != string(java) {
		t.Errorf("we write\n%s\nJava\n%s", got, java)
	}
	wants(t, table, "%LMQ%a", "%LMQ%G1", 0, 12)
	wants(t, table, "%LMQ%b", "%LMQ%G1", 7, 3) // there is but one queue
	wants(t, table, "%LMQ%a", "G_plain", 0, 5)
	wants(t, table, "TopicParent", "G_plain", 0, 9)
}

// Offsets that were kept before light queues were switched on are not lost by it; those of light groups
// survive the process.
func TestLightOffsets(t *testing.T) {
	disk := vfs.NewMem()
	write(t, disk, File, []byte(`{"offsetTable":{"T@G":{3:4}}}`))
	table := load(t, disk, Options{Light: true})
	wants(t, table, "T", "G", 3, 4)
	if err := table.Commit([]byte("%LMQ%g"), []byte("%LMQ%a"), 5, 17); err != nil {
		t.Fatal(err)
	}
	if err := table.Save(); err != nil {
		t.Fatal(err)
	}
	for _, table := range []*Table{table, load(t, disk, Options{Light: true})} {
		wants(t, table, "%LMQ%a", "%LMQ%g", 0, 17)
		wants(t, table, "T", "G", 3, 4)
	}
	b := readMem(t, disk, LightFile)
	if want := "\"lmqOffsetTable\":{\n\t\t\"%LMQ%a@%LMQ%g\":17\n\t}"; !strings.Contains(b, want) {
		t.Errorf("got\n%s, want in it\n%s", b, want)
	}
	if b := readMem(t, disk, File); b != `{"offsetTable":{"T@G":{3:4}}}` {
		t.Errorf("the other file is %s", b)
	}
	table = load(t, disk, Options{})
	wants(t, table, "%LMQ%a", "%LMQ%g", 0, -1)
}

func readMem(t *testing.T, disk vfs.FS, name string) string {
	t.Helper()
	b, _, err := vfs.ReadFile(disk, name, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
