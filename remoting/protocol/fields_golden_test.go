package protocol

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/wire"
)

// beside are fields that recorded frames have and our headers do not, by the code of the request, with the reason; "request"
// and "answer" tell in which frame.
var beside = map[string]string{
	"1007 request brokerName":      "of replication, not built",
	"2004 request READ_AHEAD_MODE": "of the log's read-ahead mode; its handler looks it up, for Java too has no class for it",
}

// TestEveryField wants each field of each recorded frame, also of requests made by hand and of refusals, to be one that a header
// visits, one that hooks add, or one that is listed with a reason.
func TestEveryField(t *testing.T) {
	used := make(map[string]bool)
	requests, answers, bare := 0, 0, 0
	check := func(what string, frame []byte, h wire.Header, name string) {
		var c wire.Command
		if err := wire.Decode(frame, &c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var known []string
		if h != nil {
			known = fieldNames(h)
		} else {
			bare++
		}
		for _, p := range c.Ext {
			key := fmt.Sprintf("%s %s", what, p.Key)
			switch {
			case foreign[string(p.Key)] || slices.Contains(known, string(p.Key)):
			case beside[key] != "":
				used[key] = true
			default:
				t.Errorf("%s: nobody reads %q = %.60q of %T", name, key, p.Value, h)
			}
		}
	}
	for _, f := range golden.Frames(t) {
		requests++
		check(fmt.Sprintf("%d request", f.Code), f.Request, requestHeader(&f), f.ReqFile)
		if f.Response != nil {
			answers++
			check(fmt.Sprintf("%d answer", f.Code), f.Response, responseHeader(&f), f.RespFile)
		}
	}
	for key := range beside {
		if !used[key] {
			t.Errorf("no frame has %q, which is listed", key)
		}
	}
	t.Logf("%d requests, %d answers, %d of both without a header", requests, answers, bare)
}

func fieldNames(h wire.Header) (names []string) {
	for _, f := range wire.ListFields(h) {
		names = append(names, f.Name)
	}
	return names
}
