package stats

import (
	"slices"
	"strings"
	"testing"
)

func TestAccounts(t *testing.T) {
	table := New(Options{Exists: func(string, string) bool { return true }})
	table.Put([]byte("T"), 0, 2, 50, 0)
	table.Put([]byte("T"), 1, 1, 30, 0)
	table.Put([]byte("rmq_sys_x"), 0, 1, 7, 0)
	table.Pulled([]byte("G"), []byte("T"), 0, 2, 2, 50, 0)
	got := slices.SortedFunc(table.Accounts(), func(a, b Account) int { return strings.Compare(a.Topic+a.Group, b.Topic+b.Group) })
	want := []Account{{"T", "", false, 3, 80}, {"T", "G", false, 2, 50}, {"rmq_sys_x", "", true, 1, 7}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for range table.Accounts() {
		break // whoever has enough may stop
	}
}
