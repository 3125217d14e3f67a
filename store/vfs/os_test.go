package vfs_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

func TestOSMakesItsRoot(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a", "b")
	fsys := vfs.NewOS(root)
	if list := must(fsys.List(".")); len(list) != 0 {
		t.Errorf("List of an absent root: got %v, want nothing", list)
	}
	check(t, fsys.MkdirAll("."))
	check(t, fsys.MkdirAll("c/d"))
	info, err := os.Stat(filepath.Join(root, "c", "d"))
	check(t, err)
	if got, want := info.Mode().Perm()&0o700, os.FileMode(0o700); got != want {
		t.Errorf("the owner's rights: got %v, want %v", got, want)
	}
}

// An operator moves commitlog to another disk and leaves a symbolic link.
func TestOSFollowsLinksOfTheOperator(t *testing.T) {
	root, other := t.TempDir(), t.TempDir()
	check(t, os.Symlink(other, filepath.Join(root, "commitlog")))
	fsys := vfs.NewOS(root)
	check(t, fsys.MkdirAll("commitlog"))
	check(t, must(fsys.Create("commitlog/0", 7)).Close())
	check(t, fsys.SyncDir("commitlog"))
	list := must(fsys.List("."))
	if len(list) != 1 || !list[0].Dir || list[0].Name != "commitlog" {
		t.Errorf("List: got %+v, want the directory commitlog", list)
	}
	info, err := os.Stat(filepath.Join(other, "0"))
	check(t, err)
	if info.Size() != 7 {
		t.Errorf("size of the file behind the link: got %d, want 7", info.Size())
	}
}

func TestOSLockIsOnTheFileNotItsName(t *testing.T) {
	root, alias := t.TempDir(), filepath.Join(t.TempDir(), "alias")
	check(t, os.Symlink(root, alias))
	l, err := vfs.NewOS(root).Lock("lock")
	check(t, err)
	_, err = vfs.NewOS(alias).Lock("lock")
	wantErr(t, err, vfs.ErrLocked)
	check(t, os.Link(filepath.Join(root, "lock"), filepath.Join(root, "hard")))
	_, err = vfs.NewOS(root).Open("hard")
	wantErr(t, err, vfs.ErrLocked)
	check(t, l.Close())
	l, err = vfs.NewOS(alias).Lock("lock")
	check(t, err)
	check(t, l.Close())
}

// The log may lie elsewhere; what is not named stays out of reach.
func TestOSOutside(t *testing.T) {
	root, other := t.TempDir(), t.TempDir()
	log := filepath.Join(other, "a", "log")
	fsys := vfs.NewOS(root, log+"/", "not absolute")
	check(t, fsys.MkdirAll(log))
	check(t, fsys.SyncDir(filepath.Dir(log)))
	check(t, must(fsys.Create(log+"/0", 7)).Close())
	check(t, fsys.Rename(log+"/0", log+"/1"))
	check(t, fsys.SyncDir(log))
	if list := must(fsys.List(log)); len(list) != 1 || list[0].Name != "1" || list[0].Size != 7 {
		t.Errorf("List: got %+v, want the file 1", list)
	}
	if u := must(fsys.Usage(log)); u.Total <= 0 {
		t.Errorf("Usage: got %+v", u)
	}
	check(t, must(fsys.OpenRead(log+"/1")).Close())
	check(t, fsys.Remove(log+"/1"))
	for _, name := range []string{
		log, log + "/../x", log + "x", log + "//x", log + "/x\x00", filepath.Dir(log) + "/x", "/", "/etc/passwd", "not absolute/../../x",
	} {
		_, err := fsys.Create(name, 1)
		wantErr(t, err, vfs.ErrName)
	}
	for _, name := range []string{filepath.Dir(log), other, "/"} {
		_, err := fsys.List(name)
		wantErr(t, err, vfs.ErrName)
	}
	wantErr(t, fsys.SyncDir(other), vfs.ErrName)
	_, err := vfs.NewOS(root).List(log)
	wantErr(t, err, vfs.ErrName)
}
