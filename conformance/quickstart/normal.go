package quickstart

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rules take out of an example's output what no two runs have in common, in their order.
var rules = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`\b[0-9A-F]{32}\b`), "ID"},                      // unique and offset ids
	{regexp.MustCompile(`\b[0-9.]+@\d+#\d+`), "CLIENT"},                 // address@pid#nanoseconds
	{regexp.MustCompile(`BROKER: [0-9.:]+`), "BROKER: ADDRESS"},         // of an exception
	{regexp.MustCompile(`cost \[\d+\]ms`), "cost [N]ms"},                // measured
	{regexp.MustCompile(`recallHandle=dj[\w+/=-]+`), "recallHandle=ID"}, // names time and id
	{regexp.MustCompile(`/\d+\.\d+\.\d+\.\d+:\d+`), "/HOST"},            // born and store hosts
	{regexp.MustCompile(`\b\d{13}\b`), "TIME"},                          // milliseconds
	{regexp.MustCompile(`\b[0-9a-f-]{36}\b`), "UUID"},                   // of a request
	{regexp.MustCompile(`Thread_(\w+?)_\d+\b`), "Thread_$1"},            // the pool's thread
	{regexp.MustCompile(`commitLogOffset=\d+`), "commitLogOffset=N"},    // other messages lie between
	{regexp.MustCompile(`storeSize=\d+`), "storeSize=N"},                // properties hold numbers of various lengths
	{regexp.MustCompile(`MAX_OFFSET=\d+`), "MAX_OFFSET=N"},              // how far the queue was when it was read
	{regexp.MustCompile(`queueId=\d+`), "queueId=N"},                    // a producer begins anywhere
	{regexp.MustCompile(`REAL_QID=\d+`), "REAL_QID=N"},                  // the same
	{regexp.MustCompile(`\b\d+ +ms later`), "N ms later"},               // measured
	{regexp.MustCompile(`cost: \d+`), "cost: N"},                        // measured
	{regexp.MustCompile(`reconsumeTimes=\d+`), "reconsumeTimes=N"},      // whom the listener of the orderly example suspends
	{regexp.MustCompile(`consumeStartTimestamp=\d+`), "consumed=TIME"},  // milliseconds
}

// piece is one thing that an example printed: some print several in a line, or lists of any length.
var piece = regexp.MustCompile(`(?:\S+ Receive New Messages: )?\[?(?:SendResult \[.*?\]\]?, queueOffset=\d+[^\]]*\]|MessageExt \[.*?transactionId='[^']*'\}\]+)`)

// place is where a message lies.
var place = regexp.MustCompile(`queueId=(\d+), storeSize=\d+, queueOffset=(\d+)`)

// logged are lines in which the logging library tells of itself.
var logged = regexp.MustCompile(`^\d\d:\d\d:\d\d,\d{3} \|-`)

// pieces cuts what was printed into messages, results and the lines that are neither. An empty list is nothing.
func pieces(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if logged.MatchString(line) {
			continue
		}
		line = strings.TrimSpace(line)
		for _, p := range piece.FindAllString(line, -1) {
			list = append(list, strings.Trim(p, "[] "))
		}
		for _, rest := range piece.Split(line, -1) {
			if rest = strings.Trim(rest, "[], "); rest != "" {
				list = append(list, rest)
			}
		}
	}
	return list
}

// normal is a piece without what differs from run to run.
func normal(p string) string {
	for _, r := range rules {
		p = r.find.ReplaceAllString(p, r.put)
	}
	return strings.Trim(p, "[] ")
}

// normals counts pieces that are alike. With distinct each counts once: for what prints until it is ended.
func normals(pieces []string, distinct bool) map[string]int {
	count := make(map[string]int)
	for _, p := range pieces {
		n := normal(p)
		if count[n]++; distinct {
			count[n] = 1
		}
	}
	return count
}

// compare lists what only Java printed and what only ours did.
func compare(java, ours map[string]int) (lacks, extra []string) {
	for p, n := range java {
		if ours[p] < n {
			lacks = append(lacks, p)
		}
	}
	for p, n := range ours {
		if java[p] < n {
			extra = append(extra, p)
		}
	}
	slices.Sort(lacks)
	slices.Sort(extra)
	return lacks, extra
}

// different is how many pieces there are, a message that comes again not counted.
func different(pieces []string) int {
	seen := make(map[string]bool)
	for _, p := range pieces {
		if at := place.FindString(p); at != "" {
			p = at
		}
		seen[p] = true
	}
	return len(seen)
}

// outOfOrder is the first message that lies before one of its queue that came earlier, or "".
func outOfOrder(pieces []string) string {
	last := make(map[string]int)
	for _, p := range pieces {
		at := place.FindStringSubmatch(p)
		if at == nil {
			continue
		}
		offset, err := strconv.Atoi(at[2])
		if err != nil || offset < last[at[1]] {
			return p
		}
		last[at[1]] = offset
	}
	return ""
}
