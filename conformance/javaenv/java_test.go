//go:build conformance

package javaenv_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/javaenv"
)

// TestStoreDumpGolden compares with the summary recorded beside the image, and shows that a changed byte is found.
func TestStoreDumpGolden(t *testing.T) {
	dir := golden.Store(t, "basic-clean")
	var want struct{ Summary javaenv.Summary }
	golden.Expect(t, "basic-clean", &want)
	if want.Summary.Messages != 1693 {
		t.Fatalf("recorded summary of basic-clean: %d messages, want 1693", want.Summary.Messages)
	}
	exit, got := javaenv.StoreDump(t, filepath.Join(dir, "store"), "--expect-clean")
	if exit != 0 {
		t.Fatalf("basic-clean: exit %d, want 0\n%s", exit, got.Stderr)
	}
	if info, err := os.Stat(got.Document); err != nil || info.Size() < 100_000 {
		t.Errorf("document: %v, want a large file", err)
	}
	counts := got
	counts.Problems, counts.Document, counts.Stderr = nil, "", ""
	if !reflect.DeepEqual(counts, want.Summary) {
		t.Errorf("summary: got %+v, want %+v", counts, want.Summary)
	}

	log, err := os.OpenFile(filepath.Join(dir, "store", "commitlog", "00000000000000000000"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if _, err := log.WriteAt([]byte("X"), 88); err != nil { // the first record's body, one byte
		t.Fatal(err)
	}
	exit, got = javaenv.StoreDump(t, filepath.Join(dir, "store"), "--no-messages")
	if exit != 1 || len(got.Problems) == 0 {
		t.Errorf("with a changed byte: exit %d, problems %q; want exit 1 and the problem", exit, got.Problems)
	}
}

// TestStartFailure wants the cause at once, not after the time limit.
func TestStartFailure(t *testing.T) {
	ns := javaenv.StartNamesrv(t, javaenv.Options{})
	began := time.Now()
	_, err := javaenv.Setup(t).StartBroker(t.Context(), javaenv.Options{
		Dir: t.TempDir(), Namesrv: ns.Addr, Conf: map[string]string{"listenPort": ns.Addr[strings.LastIndex(ns.Addr, ":")+1:]},
	})
	if !errors.Is(err, javaenv.ErrEnded) {
		t.Fatalf("broker on a taken port: %v, want ErrEnded", err)
	}
	if !strings.Contains(err.Error(), "broker.out") {
		t.Errorf("error without the broker's output: %v", err)
	}
	t.Logf("after %v: %v", time.Since(began), err)
}
