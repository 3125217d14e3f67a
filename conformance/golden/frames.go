package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Frame is one recorded request with its answer. Everything but the two byte
// slices comes from one line of wire/index.tsv.
type Frame struct {
	Code      int
	Name      string // Java constant of Code, or UNKNOWN
	Direction string // "client->broker", "broker->namesrv", …
	Caller    string // "java-5.3.3", "go-2.1.2", …

	ReqSerialisation  string // "json" or "rocketmq"
	RespSerialisation string // the same, empty without an answer

	Opaque       int
	Flag         int
	Version      int
	ResponseCode string // decimal, or "oneway", or "no-answer"
	Remark       string // of the answer, cut, newlines as blanks

	ReqExtFields  []string // names only, sorted
	RespExtFields []string
	ReqBodyLen    int
	RespBodyLen   int
	VIP           bool // the request went to listenPort-2

	// Request and Response are whole frames, length word included. Response is
	// nil when there was no answer.
	Request  []byte
	Response []byte
	ReqFile  string // below wire/, slash separated
	RespFile string // empty when there was no answer
}

// frameColumns is the header line of wire/index.tsv.
var frameColumns = []string{
	"code", "name", "direction", "client", "req_serialisation", "resp_serialisation", "opaque", "flag",
	"req_version", "response_code", "remark", "req_ext_fields", "resp_ext_fields", "req_body_len",
	"resp_body_len", "port", "files",
}

// Frames returns all recorded frames in the order of wire/index.tsv. The slices
// belong to the caller.
func Frames(t testing.TB) []Frame {
	t.Helper()
	wire := filepath.Join(dir(t), "wire")
	index, err := os.ReadFile(filepath.Join(wire, "index.tsv"))
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	frames, err := parseIndex(string(index))
	if err != nil {
		t.Fatalf("golden: wire/index.tsv: %v", err)
	}
	for i := range frames {
		f := &frames[i]
		if f.Request, err = os.ReadFile(filepath.Join(wire, filepath.FromSlash(f.ReqFile))); err != nil {
			t.Fatalf("golden: %v", err)
		}
		if f.RespFile == "" {
			continue
		}
		if f.Response, err = os.ReadFile(filepath.Join(wire, filepath.FromSlash(f.RespFile))); err != nil {
			t.Fatalf("golden: %v", err)
		}
	}
	return frames
}

// parseIndex reads the lines of index.tsv; the frame bytes are left nil.
func parseIndex(text string) ([]Frame, error) {
	header, rest, _ := strings.Cut(text, "\n")
	if header != strings.Join(frameColumns, "\t") {
		return nil, fmt.Errorf("columns are %q", header)
	}
	var frames []Frame
	for line := range strings.Lines(rest) {
		f, err := parseFrame(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(frames)+2, err)
		}
		frames = append(frames, f)
	}
	return frames, nil
}

func parseFrame(line string) (Frame, error) {
	col := strings.Split(line, "\t")
	if len(col) != len(frameColumns) {
		return Frame{}, fmt.Errorf("%d columns, want %d", len(col), len(frameColumns))
	}
	f := Frame{
		Name: col[1], Direction: col[2], Caller: col[3],
		ReqSerialisation: col[4], RespSerialisation: col[5],
		ResponseCode: col[9], Remark: col[10],
		ReqExtFields: names(col[11]), RespExtFields: names(col[12]),
		VIP: col[15] == "vip",
	}
	files := strings.Fields(col[16])
	switch len(files) {
	case 2:
		f.ReqFile, f.RespFile = files[0], files[1]
	case 1:
		f.ReqFile = files[0]
	default:
		return Frame{}, fmt.Errorf("files %q: want a request and at most one answer", col[16])
	}
	if f.RespFile == "" && col[14] == "" {
		col[14] = "0"
	}
	for _, n := range []struct {
		col  int
		into *int
	}{{0, &f.Code}, {6, &f.Opaque}, {7, &f.Flag}, {8, &f.Version}, {13, &f.ReqBodyLen}, {14, &f.RespBodyLen}} {
		var err error
		if *n.into, err = strconv.Atoi(col[n.col]); err != nil {
			return Frame{}, fmt.Errorf("%s: %w", frameColumns[n.col], err)
		}
	}
	return f, nil
}

func names(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}
