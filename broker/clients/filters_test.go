package clients

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
)

// fakeFilters writes down what it is told. It knows SQL92, in which nothing but "bad" is bad.
type fakeFilters struct{ told []string }

var errBad = errors.New("no such thing (at line 1, column 5)")

func (f *fakeFilters) Check(kind, expression string) error {
	if kind != "SQL92" || expression == "bad" {
		return errBad
	}
	return nil
}

func (f *fakeFilters) Prepare(group string, subs map[string]*Subscription) func() {
	topics := strings.Join(slices.Sorted(maps.Keys(subs)), ",")
	return func() { f.told = append(f.told, group+" has "+topics) }
}

func (f *fakeFilters) Gone(group string) { f.told = append(f.told, group+" is gone") }

// TestFiltersAreTold of each heartbeat that says something new, and of the end of a group, in their order.
func TestFiltersAreTold(t *testing.T) {
	f := &fakeFilters{}
	table, _ := serve(t, Options{Filters: f})
	first, second := peer.New(), peer.New()
	beatOnce(t, table, first, consumerOf("G", "G", "T=1"))
	beatOnce(t, table, first, consumerOf("G", "G", "T=2", "U=1"))
	beatOnce(t, table, second, consumerOf("G", "G", "T=2", "U=1"))
	table.Closed(first)
	if got, want := strings.Join(f.told, "; "), "G has T; G has T,U; G has T,U"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	f.told = nil
	if table.Closed(second); !slices.Equal(f.told, []string{"G is gone"}) {
		t.Errorf("got %q, want G to be gone", f.told)
	}
}

// TestCheckFilter answers 46 with what the expression is found to be.
func TestCheckFilter(t *testing.T) {
	_, router := serve(t, Options{Filters: &fakeFilters{}, PropertyFilter: func() bool { return true }})
	for body, want := range map[string]int32{
		`{"subscriptionData":{"expressionType":"SQL92","subString":"a = 1"}}`: 0,
		`{"subscriptionData":{"expressionType":"SQL92","subString":"bad"}}`:   23,
		`{"subscriptionData":{"expressionType":"XX","subString":"a = 1"}}`:    23,
		`{"subscriptionData":{"expressionType":"TAG","subString":"bad"}}`:     0,
	} {
		got := peer.New().Ask(t, router, frame(t, 46, nil, body))
		if got.Code != want || want == 23 && string(got.Remark) != errBad.Error() {
			t.Errorf("%s: got %d %q, want %d", body, got.Code, got.Remark, want)
		}
	}
}
