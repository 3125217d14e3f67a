package golden

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// recipe is a damage of Damages: NAME/clean or NAME/abort.
type recipe struct {
	Name    string
	Patches []patch
}

// patch is a step of a recipe.
type patch struct {
	Op, File, Path, Hex string
	Offset, Len, Size   int64
}

// Damaged unpacks the image basic-clean, as Store does, and damages it by the recipe of that name of
// Damages.
func Damaged(t testing.TB, name string) string {
	t.Helper()
	var recipes []recipe
	var results []struct{}
	Damages(t, &recipes, &results)
	to := Store(t, "basic-clean")
	for _, r := range recipes {
		if r.Name != name {
			continue
		}
		for _, p := range r.Patches {
			if err := p.apply(filepath.Join(to, "store")); err != nil {
				t.Fatalf("golden: %s: %v", name, err)
			}
		}
		return to
	}
	t.Fatalf("golden: no damage %s", name)
	return ""
}

// apply carries a step out below root.
func (p patch) apply(root string) error {
	path := filepath.Join(root, p.File, p.Path) // one of them is empty
	content, err := hex.DecodeString(p.Hex)
	if err != nil {
		return err
	}
	switch p.Op {
	case "write":
		return overwrite(path, p.Offset, content)
	case "zero":
		return overwrite(path, p.Offset, make([]byte, p.Len))
	case "truncate":
		return os.Truncate(path, p.Size)
	case "delete":
		return os.RemoveAll(path)
	case "create":
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644))
		if p.Size > 0 {
			err = errors.Join(err, os.Truncate(path, p.Size))
		}
		return err
	}
	return fmt.Errorf("unknown step %q", p.Op)
}

func overwrite(path string, pos int64, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, pos)
	return errors.Join(err, f.Close())
}
