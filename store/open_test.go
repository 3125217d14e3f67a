package store_test

import (
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/vfs"
)

func open(t testing.TB, fsys vfs.FS, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(fsys, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return s
}

// closeStore checks the store before it closes it, as every test must.
func closeStore(t testing.TB, s *store.Store) {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Errorf("check: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}
