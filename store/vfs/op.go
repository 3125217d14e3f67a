package vfs

import "strings"

// Op names operations of an FS, its Files and its Mappings, one bit each, so that several can be
// meant at once. Mem.OnOp and Faulty speak in Ops.
type Op uint32

const (
	OpCreate   Op = 1 << iota
	OpOpen        // Open, OpenRead
	OpRename      // named by the old name
	OpRemove      //
	OpMkdir       // MkdirAll
	OpList        // List, Stat
	OpSyncDir     //
	OpLock        //
	OpUsage       //
	OpRead        // File.ReadAt
	OpWrite       // File.WriteAt
	OpTruncate    //
	OpAllocate    //
	OpSync        // File.Sync
	OpMap         // File.Map
	OpMapSync     // Mapping.Sync
	OpPopulate    //
	OpDrop        //
	OpSyncTree    //
	opEnd
)

var opNames = [...]string{
	"create", "open", "rename", "remove", "mkdir", "list", "syncdir", "lock", "usage",
	"read", "write", "truncate", "allocate", "sync", "map", "mapsync", "populate", "drop", "synctree",
}

// String lists the names of the operations, joined by "|".
func (o Op) String() string {
	var set []string
	for i, name := range opNames {
		if o&(1<<i) != 0 {
			set = append(set, name)
		}
	}
	return strings.Join(set, "|")
}
