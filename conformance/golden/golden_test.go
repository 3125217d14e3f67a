package golden

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFacts(t *testing.T) {
	var codes struct {
		RequestCode map[string]int
	}
	Facts(t, "codes", &codes)
	if got := codes.RequestCode["SEND_MESSAGE_V2"]; got != 310 {
		t.Errorf("SEND_MESSAGE_V2 = %d, want 310", got)
	}
}

func TestFrames(t *testing.T) {
	frames := Frames(t)
	if got, want := len(frames), 699; got != want {
		t.Fatalf("%d frames, want %d", got, want)
	}
	var files, vip int
	for _, f := range frames {
		files++
		checkFrame(t, f.ReqFile, f.Request, f.ReqSerialisation, f.ReqBodyLen)
		if f.VIP {
			vip++
		}
		answered := f.ResponseCode != "oneway" && f.ResponseCode != "no-answer"
		if answered != (f.Response != nil) {
			t.Errorf("%s: response code %q but %d bytes of answer", f.ReqFile, f.ResponseCode, len(f.Response))
		}
		if answered {
			files++
			checkFrame(t, f.RespFile, f.Response, f.RespSerialisation, f.RespBodyLen)
		}
	}
	if files != 1370 {
		t.Errorf("%d frame files, want 1370", files)
	}
	if vip != 16 {
		t.Errorf("%d frames on the VIP port, want 16", vip)
	}
}

// checkFrame compares the two leading words of a frame with the index line.
func checkFrame(t *testing.T, file string, frame []byte, serialisation string, bodyLen int) {
	t.Helper()
	if len(frame) < 8 {
		t.Errorf("%s: %d bytes", file, len(frame))
		return
	}
	if got := int(binary.BigEndian.Uint32(frame)) + 4; got != len(frame) {
		t.Errorf("%s: length word says %d bytes, file has %d", file, got, len(frame))
	}
	if got := map[byte]string{0: "json", 1: "rocketmq"}[frame[4]]; got != serialisation {
		t.Errorf("%s: serialisation %q, index says %q", file, got, serialisation)
	}
	header := int(binary.BigEndian.Uint32(frame[4:]) & 0xffffff)
	if got := len(frame) - 8 - header; got != bodyLen {
		t.Errorf("%s: body of %d bytes, index says %d", file, got, bodyLen)
	}
}

func TestParseIndexRejects(t *testing.T) {
	header := strings.Join(frameColumns, "\t") + "\n"
	good := "10\tX\td\tc\tjson\tjson\t1\t0\t479\t0\t\t\t\t0\t0\t\ta.bin b.bin"
	if _, err := parseIndex(header + good); err != nil {
		t.Fatalf("good line: %v", err)
	}
	for name, text := range map[string]string{
		"no header":     good,
		"short line":    header + "10\tX",
		"bad number":    header + strings.Replace(good, "479", "V5", 1),
		"three files":   header + good + " c.bin",
		"without files": header + strings.TrimSuffix(good, "a.bin b.bin"),
	} {
		if frames, err := parseIndex(text); err == nil {
			t.Errorf("%s: got %d frames, want an error", name, len(frames))
		}
	}
}

func TestStore(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(dir(t), "store"))
	if err != nil {
		t.Fatal(err)
	}
	images := 0
	for _, e := range entries {
		manifest, err := os.ReadFile(filepath.Join(dir(t), "store", e.Name(), "manifest.json"))
		if errors.Is(err, fs.ErrNotExist) || !e.IsDir() {
			continue
		}
		images++
		t.Run(e.Name(), func(t *testing.T) { checkImage(t, e.Name(), manifest) })
	}
	if images != 12 {
		t.Errorf("%d images found, want 12", images)
	}
}

func TestDamages(t *testing.T) {
	var variants, results []struct{ Name string }
	Damages(t, &variants, &results)
	if len(variants) != 93 || len(results) != len(variants) {
		t.Fatalf("%d damages, %d results, want 93", len(variants), len(results))
	}
	for i := range variants {
		if variants[i] != results[i] {
			t.Errorf("result %d is of %s, want %s", i, results[i].Name, variants[i].Name)
		}
	}
}

// checkImage compares an unpacked image with its manifest, file by file.
func checkImage(t *testing.T, image string, manifest []byte) {
	var want []struct {
		Path   string `json:"path"`
		SHA256 string `json:"sha256"`
	}
	if err := json.Unmarshal(manifest, &want); err != nil {
		t.Fatal(err)
	}
	got := Store(t, image)
	for _, w := range want {
		data, err := os.ReadFile(filepath.Join(got, filepath.FromSlash(w.Path)))
		if err != nil {
			t.Error(err)
			continue
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != w.SHA256 {
			t.Errorf("%s: sha256 %x, manifest says %s", w.Path, sum, w.SHA256)
		}
	}
	files := 0
	err := filepath.WalkDir(got, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files != len(want) {
		t.Errorf("%d files unpacked, manifest has %d", files, len(want))
	}
}

func TestExpect(t *testing.T) {
	var expect struct {
		Tool struct {
			RocketMQ string `json:"rocketmq"`
		} `json:"tool"`
	}
	Expect(t, "basic-clean", &expect)
	if got := expect.Tool.RocketMQ; got != "V5_3_3" {
		t.Errorf("tool.rocketmq = %q, want V5_3_3", got)
	}
}

func TestUnpackRefusesEscapes(t *testing.T) {
	for name, h := range map[string]*tar.Header{
		"parent":   {Name: "../out", Typeflag: tar.TypeReg},
		"hidden":   {Name: "a/../../out", Typeflag: tar.TypeReg},
		"absolute": {Name: "/out", Typeflag: tar.TypeReg},
		"symlink":  {Name: "in", Linkname: "/", Typeflag: tar.TypeSymlink},
		"device":   {Name: "in", Typeflag: tar.TypeChar},
	} {
		parent := t.TempDir()
		to := filepath.Join(parent, "to")
		if err := os.Mkdir(to, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unpack(to, archive(t, h, nil)); err == nil {
			t.Errorf("%s: unpacked, want an error", name)
		}
		if _, err := os.Stat(filepath.Join(parent, "out")); err == nil {
			t.Errorf("%s: a file was written outside the directory", name)
		}
	}
}

func TestUnpackKeepsHoles(t *testing.T) {
	content := make([]byte, 3*4096+17)
	content[4096], content[len(content)-1] = 1, 2
	to := t.TempDir()
	h := &tar.Header{Name: "d/f", Typeflag: tar.TypeReg, Size: int64(len(content)), Mode: 0o644}
	if err := unpack(to, archive(t, h, content)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(to, "d", "f"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, content) {
		t.Errorf("content differs after a round trip over holes")
	}
}

// archive is a gzipped tar of one member.
func archive(t *testing.T, h *tar.Header, content []byte) *bytes.Buffer {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(h); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return &buf
}
