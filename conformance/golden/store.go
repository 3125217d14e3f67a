package golden

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"testing"
)

// errEntry tells of an archive member that no image of ours can hold.
var errEntry = errors.New("golden: unexpected archive entry")

// Store unpacks store/IMAGE/image.tar.gz into a fresh directory of the test and
// returns it. It holds broker.conf and store/, with the modification times of
// the original. Blocks of zeros are left as holes, so the 38 MB of an unused
// timer wheel cost no disk.
func Store(t testing.TB, image string) string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir(t), "store", image, "image.tar.gz"))
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	defer f.Close()
	to := t.TempDir()
	if err := unpack(to, f); err != nil {
		t.Fatalf("golden: image %s: %v", image, err)
	}
	return to
}

// Expect decodes store/IMAGE/expect.json.gz, the document in which Java tells
// what it sees in the image (members: store/check/README.md), into the value
// that into points to.
func Expect(t testing.TB, image string, into any) {
	t.Helper()
	if err := json.Unmarshal(ExpectRaw(t, image), into); err != nil {
		t.Fatalf("golden: expectation of image %s: %v", image, err)
	}
}

// ExpectRaw returns the JSON text of store/IMAGE/expect.json.gz.
func ExpectRaw(t testing.TB, image string) []byte {
	t.Helper()
	return inflated(t, filepath.Join("store", image, "expect.json.gz"))
}

// Damages decodes store/broken/variants.json.gz, recipes for damaging the image
// basic-clean, into the value that variants points to, and what Java 5.3.3 made
// of each, store/broken/results.json.gz, into results. Both are lists in the
// same order; what their members mean is told in store/README.md.
func Damages(t testing.TB, variants, results any) {
	t.Helper()
	for name, into := range map[string]any{"variants": variants, "results": results} {
		if err := json.Unmarshal(inflated(t, filepath.Join("store", "broken", name+".json.gz")), into); err != nil {
			t.Fatalf("golden: %s of damages: %v", name, err)
		}
	}
}

// inflated returns the content of a gzipped file of this directory.
func inflated(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(dir(t), name))
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("golden: %s: %v", name, err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatalf("golden: %s: %v", name, err)
	}
	return text
}

// unpack writes the members of a gzipped tar below dir. os.Root refuses names
// that lead out of it; links and devices are refused here.
func unpack(dir string, archive io.Reader) error {
	z, err := gzip.NewReader(archive)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	members := tar.NewReader(z)
	for {
		h, err := members.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := unpackMember(root, h, members); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

func unpackMember(root *os.Root, h *tar.Header, content io.Reader) error {
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(path.Clean(h.Name), 0o755)
	case tar.TypeReg:
		if err := root.MkdirAll(path.Dir(h.Name), 0o755); err != nil {
			return err
		}
		if err := writeSparse(root, h.Name, h.Size, content); err != nil {
			return err
		}
		return root.Chtimes(h.Name, h.ModTime, h.ModTime)
	}
	return fmt.Errorf("%w: type %q", errEntry, h.Typeflag)
}

// writeSparse creates the file name of size bytes and skips what is zero.
func writeSparse(root *os.Root, name string, size int64, content io.Reader) (err error) {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Truncate(size); err != nil {
		return err
	}
	var block, zero [4096]byte
	for pos := int64(0); pos < size; {
		n, err := io.ReadFull(content, block[:min(int64(len(block)), size-pos)])
		if err != nil {
			return err
		}
		if !bytes.Equal(block[:n], zero[:n]) {
			if _, err := f.WriteAt(block[:n], pos); err != nil {
				return err
			}
		}
		pos += int64(n)
	}
	return nil
}
