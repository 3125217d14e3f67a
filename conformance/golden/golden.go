package golden

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Facts decodes facts/NAME.json into the value that into points to. The files
// are strict JSON; a struct may name only the members it needs.
func Facts(t testing.TB, name string, into any) {
	t.Helper()
	file := filepath.Join(dir(t), "facts", name+".json")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("golden: %s: %v", file, err)
	}
}

// dir is the directory of this source file, which holds the data too.
func dir(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		t.Fatalf("golden: source directory unknown (%q): tests built with -trimpath cannot find the data", file)
	}
	return filepath.Dir(file)
}
