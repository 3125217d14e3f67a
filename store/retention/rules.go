// Package retention decides which files of the log are due: by their age at certain hours, by how
// full the disk is, and on request. It is pure: it looks at no disk and no clock.
package retention

import "time"

// Rules are what is configured. Java's defaults are in brackets, with the names of the keys.
type Rules struct {
	Keep  time.Duration // files not written to for so long are expired (fileReservedTime: 72 h)
	Hours Hours         // of the day in which expired files are deleted (deleteWhen: 04)
	Batch int           // files that one round deletes at most (deleteFileBatchMax: 10)

	// Percent of the disk in use above which expired files are deleted at any hour
	// (diskMaxUsedSpaceRatio: 75), and above which the oldest are deleted whatever their age
	// (diskSpaceCleanForciblyRatio: 85), unless NoForce (cleanFileForciblyEnable=false).
	MaxUsed, ForceUsed int
	NoForce            bool

	// MaxBytes of the log's files, above which the oldest are deleted whatever their age, NoForce or not; 0 for no such
	// limit. Java has none (maxCommitLogBytes: 0).
	MaxBytes int64

	// Shares is how many stores divide the disk among them (replicasPerDiskPartition: 1). If they are
	// several, MaxUsed is compared with what each takes of its own share, and so is ForceShare, beside
	// ForceUsed, which remains the disk's (logicalDiskSpaceCleanForciblyThreshold: 0.8, here percent).
	Shares     int
	ForceShare float64
}

// Look is what the rules are asked about.
type Look struct {
	Now    time.Time // in the time zone in which Hours count
	Used   int       // percent of the fullest disk in use, rounded up; UnknownUsed
	Log    int64     // bytes that the log's files take
	Own    int64     // bytes that all of the store's files take
	Total  int64     // bytes of the disk
	Low    bool      // less is free than lets messages in again (diskMinFreeBytes and some): as above ForceUsed
	Manual bool      // somebody asked for a round
}

// UnknownUsed: the disk does not tell how full it is. As in Java, expired files are deleted then.
const UnknownUsed = -1

// Demand is which files are to be deleted.
type Demand uint8

const (
	None    Demand = iota
	Expired        // those that are older than Keep
	Any            // the oldest
)

// Cause is why there is a demand, for the log.
type Cause string

const (
	BySpace  Cause = "the disk is nearly full"
	ByLimit  Cause = "the log is larger than it may be"
	ByShare  Cause = "the share of the disk is nearly used up"
	ByHour   Cause = "it is the hour"
	ByManual Cause = "it was asked for"
)

// Demand judges one moment. It is asked again for each file, so that no more is deleted by force than
// the disk needs; Java deletes a whole batch. Java: CleanCommitLogService.
func (r *Rules) Demand(l Look) (Demand, Cause) {
	share := r.share(l)
	switch {
	case (l.Used > r.ForceUsed || l.Low) && !r.NoForce:
		return Any, BySpace
	case share > r.ForceShare && !r.NoForce:
		return Any, ByShare
	case r.MaxBytes > 0 && l.Log > r.MaxBytes:
		return Any, ByLimit
	case l.Used > r.ForceUsed, l.Low, r.Shares <= 1 && (l.Used > r.MaxUsed || l.Used == UnknownUsed):
		return Expired, BySpace
	case share > min(r.ForceShare, float64(r.MaxUsed)):
		return Expired, ByShare
	case r.Hours.Has(l.Now.Hour()):
		return Expired, ByHour
	case l.Manual:
		return Expired, ByManual
	}
	return None, ""
}

// share is how much of its part of the disk the store takes, in percent; 0 if it has the disk alone.
func (r *Rules) share(l Look) float64 {
	if r.Shares <= 1 || l.Total <= 0 {
		return 0
	}
	return 100 * float64(l.Own) / (float64(l.Total) / float64(r.Shares))
}

// Due reports whether a file that was written to last at the time written is to be deleted.
func (r *Rules) Due(d Demand, written, now time.Time) bool {
	switch d {
	case Any:
		return true
	case Expired:
		return now.Sub(written) >= r.Keep
	}
	return false
}
