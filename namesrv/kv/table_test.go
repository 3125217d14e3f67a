package kv

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/vfs"
)

const name = "namesrv/kvConfig.json"

func open(t *testing.T, fsys vfs.FS) *Table {
	t.Helper()
	table, _, err := Open(fsys, name, 1)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func put(t *testing.T, table *Table, namespace, key, value string) {
	t.Helper()
	if err := table.Put(namespace, key, &value); err != nil {
		t.Fatalf("put %s %s: %v", namespace, key, err)
	}
}

func read(t *testing.T, fsys vfs.FS, name string) string {
	t.Helper()
	b, _, err := vfs.ReadFile(fsys, name, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestValues(t *testing.T) {
	fsys := vfs.NewMem()
	table := open(t, fsys)
	if table.Printed("N") != nil || table.Values("N") != nil {
		t.Error("an empty table has a namespace")
	}
	if err := table.Delete("N", "k"); err != nil || read(t, fsys, name) != "" {
		t.Errorf("delete of nothing: %v, file %q, want no file", err, read(t, fsys, name))
	}
	put(t, table, "N", "k", "v")
	put(t, table, Orders, "TopicA", "broker-a:8;broker-b:8")
	put(t, table, "N", "k", "w")
	put(t, table, "N", "空", "\"\n")
	if v, ok := table.Get("N", "k"); !ok || v != "w" {
		t.Errorf("got %q, %v, want w", v, ok)
	}
	if _, ok := table.Get("N", "absent"); ok {
		t.Error("an absent key has a value")
	}
	if got, want := string(table.Printed("N")), `{"table":{"k":"w","空":"\"\n"}}`; got != strings.ReplaceAll(want, "\n", `\n`) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := table.Values(Orders)["TopicA"]; got != "broker-a:8;broker-b:8" {
		t.Errorf("orders: got %q", got)
	}
	for _, key := range []string{"k", "空", "k"} {
		if err := table.Delete("N", key); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(table.Printed("N")); got != `{"table":{}}` {
		t.Errorf("after the last delete: got %s, want an empty namespace", got)
	}
	if err := table.Put("Null", "k", nil); err != nil {
		t.Fatal(err)
	}
	if _, ok := table.Get("Null", "k"); ok || table.Printed("Null") == nil {
		t.Error("no value: want the namespace alone")
	}
	const want = `{"configTable":{"N":{},"Null":{},"ORDER_TOPIC_CONFIG":{"TopicA":"broker-a:8;broker-b:8"}}}`
	if got := read(t, fsys, name); got != want {
		t.Errorf("file: got %s, want %s", got, want)
	}
	again := open(t, fsys)
	if got := string(encode(again.state.Load())); got != want {
		t.Errorf("loaded: got %s, want %s", got, want)
	}
	if got, want := again.state.Load().size, table.state.Load().size; got != want {
		t.Errorf("size after loading: got %d, want %d", got, want)
	}
}

// Without a file system everything works, in memory.
func TestMemoryAlone(t *testing.T) {
	table, _, err := Open(nil, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	put(t, table, "N", "k", "v")
	if v, _ := table.Get("N", "k"); v != "v" {
		t.Errorf("got %q, want v", v)
	}
}

// What cannot be written is refused and not seen.
func TestNotSaved(t *testing.T) {
	faulty := vfs.NewFaulty(vfs.NewMem())
	table := open(t, faulty)
	put(t, table, "N", "k", "v")
	faulty.Inject(vfs.Rule{Op: vfs.OpSync, Err: vfs.ErrNoSpace})
	value := "w"
	if err := table.Put("N", "k", &value); !errors.Is(err, ErrNotSaved) || !errors.Is(err, vfs.ErrNoSpace) {
		t.Errorf("put: got %v, want %v", err, ErrNotSaved)
	}
	if err := table.Delete("N", "k"); !errors.Is(err, ErrNotSaved) {
		t.Errorf("delete: got %v, want %v", err, ErrNotSaved)
	}
	if v, _ := table.Get("N", "k"); v != "v" {
		t.Errorf("got %q, want the value before", v)
	}
	faulty.Heal()
	put(t, table, "N", "k", "w")
}

// A damaged file is set aside for the backup; without a good one nothing is guessed.
func TestDamage(t *testing.T) {
	fsys := vfs.NewMem()
	table := open(t, fsys)
	put(t, table, "N", "k", "1")
	put(t, table, "N", "k", "2")
	write(t, fsys, name, `{"configTable":[`)
	table, loaded, err := Open(fsys, name, 7)
	if err != nil || loaded.Source != jsonfile.Backup || loaded.SetAside != "kvConfig.json.bad-7" {
		t.Fatalf("got %+v, %v, want the backup", loaded, err)
	}
	if v, _ := table.Get("N", "k"); v != "1" {
		t.Errorf("got %q, want the backup's value", v)
	}
	write(t, fsys, name+".bak", `{`)
	if _, _, err := Open(fsys, name, 8); !errors.Is(err, jsonfile.ErrDamaged) {
		t.Errorf("got %v, want %v", err, jsonfile.ErrDamaged)
	}
}

func write(t *testing.T, fsys vfs.FS, name, text string) {
	t.Helper()
	if err := fsys.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	f, err := fsys.Create(name, int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(text), 0); err != nil {
		t.Fatal(err)
	}
}

// The table is bounded, by small texts as by large ones; what is there can be changed and deleted.
func TestFull(t *testing.T) {
	for what, put := range map[string]func(table *Table, i int) error{
		"large values": func(table *Table, i int) error {
			v := strings.Repeat("x", 1<<20)
			return table.Put("N", fmt.Sprint(i), &v)
		},
		"namespaces": func(table *Table, i int) error { return table.Put(fmt.Sprint(i), "", nil) },
		"large names": func(table *Table, i int) error {
			return table.Put(strings.Repeat("x", 1<<20)+fmt.Sprint(i), "k", nil)
		},
	} {
		table, _, err := Open(nil, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		table.max = 1 << 16
		if what == "large values" {
			table.max = MaxSize
		}
		i := 0
		for err == nil && i < 5000 {
			err = put(table, i)
			i++
		}
		if !errors.Is(err, ErrFull) {
			t.Errorf("%s: got %v after %d, want %v", what, err, i, ErrFull)
		}
		if n := table.Full(); n != 1 {
			t.Errorf("%s: %d refusals counted", what, n)
		}
		if n := table.state.Load().size; n > table.max {
			t.Errorf("%s: %d bytes, limit %d", what, n, table.max)
		}
		if err := table.Delete("N", "0"); err != nil {
			t.Errorf("%s: delete: %v", what, err)
		}
	}
}

// Readers see whole states while others write.
func TestConcurrentUse(t *testing.T) {
	table := open(t, vfs.NewMem())
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 50 {
				v := fmt.Sprint(i)
				if err := table.Put("N", fmt.Sprint(w), &v); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 200 {
				if b := table.Printed("N"); b != nil && !strings.HasPrefix(string(b), `{"table":{"`) {
					t.Errorf("got %s", b)
				}
				table.Get("N", "0")
			}
		})
	}
	wg.Wait()
	if got := string(table.Printed("N")); got != `{"table":{"0":"49","1":"49","2":"49","3":"49"}}` {
		t.Errorf("got %s, want all that was put", got)
	}
}

// javaFile is what Java 5.3.3 wrote after the puts and deletes of conformance/names.
const javaFile = `{"configTable":{"Null":{},"Empty":{},"ORDER_TOPIC_CONFIG":{"TopicOrder":"broker-a:8;broker-b:8"},` +
	`"N":{"空":"\"\\\n\t/é","k":"{}"}}}`

// Java's file is read, and written again but for the order of a hash table.
func TestFileOfJava(t *testing.T) {
	s, err := decode([]byte(javaFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][3]string{{Orders, "TopicOrder", "broker-a:8;broker-b:8"}, {"N", "空", "\"\\\n\t/é"}, {"N", "k", "{}"}} {
		if got, ok := s.spaces[want[0]].values[want[1]]; !ok || got != want[2] {
			t.Errorf("%s %s: got %q, %v, want %q", want[0], want[1], got, ok, want[2])
		}
	}
	const sorted = `{"configTable":{"Empty":{},"N":{"k":"{}","空":"\"\\\n\t/é"},"Null":{},` +
		`"ORDER_TOPIC_CONFIG":{"TopicOrder":"broker-a:8;broker-b:8"}}}`
	if got := string(encode(s)); got != sorted || len(got) != len(javaFile) {
		t.Errorf("got %s, want %s", got, sorted)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(javaFile))
	f.Add([]byte(`{"configTable":{"N":null,"M":{"k":null,"l":5}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decode(data)
		if err != nil {
			return
		}
		once := encode(s)
		again, err := decode(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice := encode(again); string(twice) != string(once) || again.size != s.size {
			t.Errorf("got %s of size %d, want %s of %d", twice, again.size, once, s.size)
		}
	})
}
