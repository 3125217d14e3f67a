package javaenv

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExcerpt(t *testing.T) {
	var long strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&long, "12:00:00,%03d |-INFO in ch.qos.logback.classic.joran - line %d\n", i%1000, i)
	}
	for i := range 40 {
		fmt.Fprintf(&long, "line %d\n", i)
	}
	wide := strings.Repeat("消", excerptWidth)
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"short", "a\r\nb\n", "a\nb"},
		{"logback's reports left out", "12:00:00,001 |-INFO in x\nboom\n12:00:00,002 |-WARN in x\n", "boom\n12:00:00,002 |-WARN in x"},
		{"as wide as may be", wide, wide},
		{"wider", wide + "息", wide + "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := excerpt(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	got := strings.Split(excerpt(long.String()), "\n")
	if len(got) != excerptLines || got[0] != "line 10" || got[excerptLines-1] != "line 39" {
		t.Errorf("long text: got %d lines from %q to %q, want %d from line 10 to line 39", len(got), got[0], got[len(got)-1], excerptLines)
	}
}

// A diagnosis is as short as its parts, whatever a server has printed and logged.
func TestDiagnosis(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(logs(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	noise := strings.Repeat("12:00:00,001 |-INFO in ch.qos.logback\n", 3000)
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	output := filepath.Join(dir, "broker.out")
	write(output, noise+"boot success\n"+noise)
	write(filepath.Join(logs(dir), "broker.log"), strings.Repeat("INFO main - fine\n", 3000)+"ERROR main - "+strings.Repeat("x", 5000)+"\n")
	s := &Server{process: &process{name: "broker", output: output}, Addr: "127.0.0.1:1", Options: Options{Dir: dir}}
	got := s.Diagnosis()
	if !strings.Contains(got, "boot success") || !strings.Contains(got, "ERROR main - xxx") {
		t.Errorf("got %.2000q, want the output's line and the log's error", got)
	}
	if strings.Contains(got, "INFO") || len(got) > 2000 {
		t.Errorf("got %d bytes, want at most 2000 and none of INFO: %.2000q", len(got), got)
	}
}
