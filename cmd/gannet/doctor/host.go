package doctor

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/vfs"
)

// checkDisk: room for what is sent.
func checkDisk(f *Facts, r *findings) {
	limits := storeOptions(f)
	const cure = "free room on the disk, lower fileReservedTime, or move storePathRootDir to a larger disk"
	if !f.Local {
		ratio, err := strconv.ParseFloat(f.Broker.Figures["commitLogDiskRatio"], 64)
		if err != nil || ratio < 0 {
			r.skipped("the broker does not tell how full its disk is")
			return
		}
		judgeRatio(r, "the broker's disk", int(ratio*100+0.5), &limits, cure)
		return
	}
	d := &f.Disk
	switch {
	case d.Err != nil:
		r.problem("make the directory, and let the broker's user write to it", "%v", d.Err)
	case d.Total <= 0:
		r.skipped("the size of the disk of %s is not known", d.Log)
	case d.Free < limits.MinFree:
		r.problem(cure, "%s has %s free, diskMinFreeBytes wants %s: sends are refused", d.Log, size(d.Free), size(limits.MinFree))
	default:
		used := vfs.Usage{Total: d.Total, Free: d.Free}.Percent() // as the store counts
		judgeRatio(r, d.Log+" ("+size(d.Free)+" free of "+size(d.Total)+")", used, &limits, cure)
	}
}

// storeOptions are what the store would be opened with: by the configuration, or by the defaults if it cannot be read.
func storeOptions(f *Facts) store.Options {
	c := f.Settings.Config
	if c == nil {
		c, _ = broker.Bind(nil)
	}
	return c.StoreOptions()
}

func judgeRatio(r *findings, what string, used int, limits *store.Options, cure string) {
	refusedAbove := limits.DiskFullPercent
	switch {
	case used > refusedAbove:
		r.problem(cure, "%s is %d %% full: sends are refused above %d %%", what, used, refusedAbove)
	case used > limits.Retention.MaxUsed:
		r.warning(cure, "%s is %d %% full: old files are deleted early, and sends are refused above %d %%", what, used, refusedAbove)
	default:
		r.ok("%s is %d %% full", what, used)
	}
}

// Times of one sync of 4 KiB: a good disk takes less than a millisecond, a network disk a few.
const (
	slowSync     = 20 * time.Millisecond
	hopelessSync = 500 * time.Millisecond
)

// checkSync: what each SYNC_FLUSH send waits for, and how far behind the disk is with ASYNC_FLUSH.
func checkSync(f *Facts, r *findings) {
	d := &f.Disk
	if !f.Local || d.Err != nil {
		r.skipped("the disk is not of this machine, or cannot be looked at")
		return
	}
	if d.SyncErr != nil {
		r.problem("let the broker's user write there; see dmesg for errors of the disk", "%s cannot be written and synced: %v", d.Path, d.SyncErr)
		return
	}
	if len(d.Syncs) == 0 {
		r.skipped("not timed")
		return
	}
	times := slices.Sorted(slices.Values(d.Syncs))
	median, worst := times[len(times)/2].Round(10*time.Microsecond), times[len(times)-1].Round(10*time.Microsecond)
	const cure = "move storePathRootDir to a local SSD, or see who else keeps the disk busy (iostat -x 1)"
	switch {
	case median >= hopelessSync:
		r.problem(cure, "a sync of %s takes %v, %v at worst: synchronous sends time out", d.Path, median, worst)
	case median >= slowSync:
		r.warning(cure, "a sync of %s takes %v, %v at worst: synchronous sends wait as long", d.Path, median, worst)
	default:
		r.ok("a sync of %s takes %v, %v at worst", d.Path, median, worst)
	}
}

// fewFiles and fewMaps are what a broker with a few clients and a day's log gets along with.
const (
	fewFiles  = 4096
	goodFiles = 65536
	fewMaps   = 65530 // the kernel's default
)

// checkLimits: descriptors for connections and queue files, maps for files of the log.
func checkLimits(f *Facts, r *findings) {
	if !f.Local {
		r.skipped("the broker is on another machine")
		return
	}
	l := &f.Limits
	const cure = "raise it: LimitNOFILE=655350 in the systemd unit, --ulimit nofile=655350 of docker, or ulimit -n"
	switch {
	case l.Files == 0:
		r.skipped("the limit on open files is not known")
	case l.Files < fewFiles:
		r.problem(cure, "%s may open %d files: connections are refused beyond that", l.Whose, l.Files)
	case l.Files < goodFiles:
		r.warning(cure, "%s may open %d files, connections among them", l.Whose, l.Files)
	default:
		r.ok("%s may open %d files", l.Whose, l.Files)
	}
	const cureMaps = "sysctl -w vm.max_map_count=655360, and the same in /etc/sysctl.d"
	switch {
	case l.Maps == 0:
		r.skipped("vm.max_map_count is not known on this system")
	case l.Maps < 2*l.Segments+1024:
		r.problem(cureMaps, "vm.max_map_count is %d, the log has %s", l.Maps, plural(int(l.Segments), "file"))
	case l.Maps < fewMaps:
		r.warning(cureMaps, "vm.max_map_count is %d, less than the kernel's default", l.Maps)
	default:
		r.ok("vm.max_map_count is %d", l.Maps)
	}
}

const (
	leastMemory = 64 << 20
	fewMemory   = 256 << 20
)

// checkMemory: a limit that the process can hold to.
func checkMemory(f *Facts, r *findings) {
	if !f.Local {
		r.skipped("the broker is on another machine")
		return
	}
	m := &f.Memory
	if m.Limit == 0 {
		r.ok("no container limit; the page cache is the system's to reclaim")
		return
	}
	if limit, ok := goLimit(m.GoLimit); ok && limit > m.Limit {
		r.problem("take GOMEMLIMIT out: three quarters of the container's limit are taken then", "GOMEMLIMIT=%s is above the container's limit, %s: the kernel ends the process first", m.GoLimit, size(m.Limit))
	}
	const cure = "raise the container's memory limit; 256 MiB are enough for most"
	switch {
	case m.Limit < leastMemory:
		r.problem(cure, "the container may use %s: the kernel will end the broker", size(m.Limit))
	case m.Limit < fewMemory:
		r.warning(cure, "the container may use %s, which leaves little to the page cache", size(m.Limit))
	case m.InFlight > m.Limit/2:
		r.warning("set maxRequestBytesInFlight to a quarter of the limit, "+strconv.FormatInt(m.Limit/4, 10),
			"the container may use %s, and requests under way alone up to maxRequestBytesInFlight = %s", size(m.Limit), size(m.InFlight))
	default:
		r.ok("the container may use %s", size(m.Limit))
	}
}

// goLimit reads GOMEMLIMIT.
func goLimit(text string) (bytes int64, ok bool) {
	for _, unit := range []struct {
		suffix string
		bytes  int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}, {"", 1}} {
		if digits, found := strings.CutSuffix(text, unit.suffix); found {
			n, err := strconv.ParseInt(digits, 10, 64)
			return n * unit.bytes, err == nil && n <= 1<<62/unit.bytes
		}
	}
	return 0, false
}
