package record

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
)

func TestFactsOffsetIDs(t *testing.T) {
	var facts struct {
		Create []struct {
			Host, MsgID   string
			Port          uint16
			Offset        int64
			DecodedOffset int64
		} `json:"createMessageId"`
		Errors []struct{ MsgID, Result string } `json:"decodeErrors"`
	}
	golden.Facts(t, "msgid", &facts)
	if len(facts.Create) != 9 || len(facts.Errors) != 6 {
		t.Fatalf("%d and %d facts, want 9 and 6", len(facts.Create), len(facts.Errors))
	}
	for _, f := range facts.Create {
		host := netip.AddrPortFrom(netip.MustParseAddr(f.Host), f.Port)
		if got := string(AppendOffsetID(nil, host, f.Offset)); got != f.MsgID {
			t.Errorf("id of %v, %d = %s, want %s", host, f.Offset, got, f.MsgID)
		}
		for _, id := range []string{f.MsgID, strings.ToLower(f.MsgID)} {
			if gotHost, off, err := ParseOffsetID(id); gotHost != host || off != f.DecodedOffset || err != nil {
				t.Errorf("%s: %v, %d, %v, want %v, %d", id, gotHost, off, err, host, f.DecodedOffset)
			}
		}
	}
	for _, f := range facts.Errors {
		// Java decodes letters that are no hex digits into something; ours is an error.
		ok := !strings.HasPrefix(f.Result, "EXCEPTION") && !strings.HasPrefix(f.MsgID, "XX")
		if _, _, err := ParseOffsetID(f.MsgID); (err == nil) != ok || (err != nil && !errors.Is(err, ErrMessageID)) {
			t.Errorf("%q: %v, Java says %s", f.MsgID, err, f.Result)
		}
	}
}

func TestParseOffsetIDPort(t *testing.T) {
	if _, _, err := ParseOffsetID("7F000001000100000000000000000000"); !errors.Is(err, ErrMessageID) {
		t.Errorf("port 65536: %v, want ErrMessageID", err)
	}
}

// FuzzParseOffsetID: what is an id comes back as the same id.
func FuzzParseOffsetID(f *testing.F) {
	f.Add("7F00000100002A9F0000000000003039")
	f.Add("20010DB885A3000000008A2E0370733400002A9F000000000000004D")
	f.Add("XX00000100002A9F0000000000000001")
	f.Fuzz(func(t *testing.T, id string) {
		host, off, err := ParseOffsetID(id)
		if err != nil {
			return
		}
		got := string(AppendOffsetID(nil, host, off))
		if want := strings.ToUpper(id); got != want && !host.Addr().Is4In6() {
			t.Fatalf("%s came back as %s", want, got)
		}
	})
}

func TestViewOffsetID(t *testing.T) {
	for _, host := range []string{"10.0.0.2:10911", "[2001:db8::1]:10911"} {
		m := sample()
		m.StoreHost = netip.MustParseAddrPort(host)
		var v View
		if _, err := Parse(encoded(t, m, EncodeOptions{}), &v, Headers); err != nil {
			t.Fatal(err)
		}
		got, want := string(v.AppendOffsetID(nil)), string(AppendOffsetID(nil, m.StoreHost, 4096))
		if got != want {
			t.Errorf("id %s, want %s", got, want)
		}
	}
}

func TestUniqKeys(t *testing.T) {
	now := time.Date(2026, 11, 21, 3, 4, 5, 678e6, time.UTC)
	u := NewUniqKeys(netip.MustParseAddr("127.0.0.1"), 3064, 0x18B4AAC2, time.UTC)
	const prefix = "7F0000010BF818B4AAC2"
	for i, at := range []time.Time{now, now.Add(time.Millisecond), now.AddDate(0, 1, 0), now} {
		first := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
		want := prefix + hex8(at.Sub(first).Milliseconds()) + "000" + strconv.Itoa(i)
		if got := string(u.Append(nil, at.UnixMilli())); got != want {
			t.Errorf("id %d = %s, want %s", i, got, want)
		}
	}
	six := NewUniqKeys(netip.MustParseAddr("fd00::2"), 1944, 0xE0E2F2A, nil)
	if got := string(six.Append(nil, now.UnixMilli())); !strings.HasPrefix(got, "FD00000000000000000000000000000207980E0E2F2A") || len(got) != 56 {
		t.Errorf("IPv6 id %s", got)
	}
}

// TestFactsUniqKeys: address and process of ids that Java made stand where ours stand.
func TestFactsUniqKeys(t *testing.T) {
	var facts struct {
		UniqueIDs []struct {
			UniqID, IP string
			PID        int
		}
	}
	golden.Facts(t, "msgid", &facts)
	if len(facts.UniqueIDs) != 5 {
		t.Fatalf("%d facts, want 5", len(facts.UniqueIDs))
	}
	for _, f := range facts.UniqueIDs {
		addr := netip.MustParseAddr(f.IP)
		end := 2*len(addr.AsSlice()) + 4
		salt, err := strconv.ParseUint(f.UniqID[end:end+8], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		got := string(NewUniqKeys(addr, f.PID, uint32(salt), nil).Append(nil, 0))
		if len(got) != len(f.UniqID) || got[:end+8] != f.UniqID[:end+8] {
			t.Errorf("id %s, want it to begin as %s", got, f.UniqID)
		}
	}
}

func hex8(n int64) string {
	s := strings.ToUpper(strconv.FormatInt(n, 16))
	return strings.Repeat("0", 8-len(s)) + s
}

func TestUniqKeysDiffer(t *testing.T) {
	u := NewUniqKeys(netip.MustParseAddr("10.1.2.3"), 1, 1, time.UTC)
	seen := map[string]bool{}
	for range 65536 {
		seen[string(u.Append(nil, 1700000000000))] = true
	}
	if len(seen) != 65536 {
		t.Errorf("%d different ids of one millisecond, want 65536", len(seen))
	}
}

func TestIDsAllocateNothing(t *testing.T) {
	u := NewUniqKeys(netip.MustParseAddr("10.1.2.3"), 1, 1, time.UTC)
	host := netip.MustParseAddrPort("10.1.2.3:10911")
	var v View
	if _, err := Parse(encoded(t, sample(), EncodeOptions{}), &v, Headers); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 0, 256)
	if got := testing.AllocsPerRun(100, func() {
		b := u.Append(buf, 1700000000000)
		b = AppendOffsetID(b, host, 77)
		if b = v.AppendOffsetID(b); len(b) != 96 {
			t.Errorf("%d characters, want 96", len(b))
		}
	}); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}
