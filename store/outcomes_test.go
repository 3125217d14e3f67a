package store_test

import "github.com/gannetmq/gannet/store/commitlog"

// outcome is what must become of a damage. The zero value loses nothing and says nothing.
type outcome struct {
	lost    []span // of the log, without their messages
	end     int64  // of the log; 0 for where it ended
	altered int64  // a message that is there, with other bytes
	refused error
	said    string // in a line of the log
	aside   bool   // something is in bad/
	broken  bool   // the log has bytes that are no records, which Check tells
	// worn says that entries of lost messages stay in the queues; others were dispatched again.
	worn bool
	// withheld says that consumers do not get the altered message. Java hands it out.
	withheld bool
	// short is a queue that ends before its last messages, and at which offset: nothing tells of them
	// but the log in front of where it is scanned. It does so with Java too.
	short    queueID
	shortEnd int64
}

type span struct{ from, to int64 }

var tailLost = outcome{lost: []span{{goldenLast, goldenEnd}}, end: goldenLast, said: "torn bytes", aside: true}

// outcomes of damages, by name without the ending; with "/abort", "/clean" or "/ours" for one state only.
var outcomes = map[string]outcome{
	"none":                             {},
	"none/abort":                       {said: "index file is made anew"}, // as by Java
	"tail-cut-4":                       tailLost,
	"tail-cut-8":                       tailLost,
	"tail-cut-31":                      tailLost,
	"tail-cut-88":                      tailLost,
	"tail-cut-143":                     tailLost,
	"tail-cut-286":                     {altered: goldenLast},
	"tail-crc":                         tailLost,
	"tail-props":                       {altered: goldenLast},
	"tail-size":                        tailLost,
	"magic-mid-last-file":              {lost: []span{{3374451, 3374452}}, broken: true, worn: true},
	"magic-mid-last-file/abort":        {lost: []span{{3374451, 3374452}}, broken: true, said: "damage inside the log"},
	"crc-mid-last-file":                {altered: 3374451, withheld: true, broken: true},
	"crc-mid-last-file/abort":          {altered: 3374451, withheld: true, broken: true, said: "damage inside the log"},
	"magic-mid-first-file":             {lost: []span{{35174, 35175}}, broken: true, worn: true},
	"tail-zero-10":                     {lost: []span{{3396781, goldenEnd}}, end: 3396781, said: "the queues know messages behind the end"},
	"last-file-all-zero":               {lost: []span{{3 * goldenFile, goldenEnd}}, end: 3 * goldenFile, said: "the queues know messages behind the end"},
	"blank-lost":                       {broken: true},
	"no-consumequeue":                  {said: "made anew"},
	"no-index":                         {},
	"no-checkpoint":                    {},
	"no-consumequeue-index-checkpoint": {said: "made anew"},
	"one-queue-lost":                   {said: "made anew"},
	"cq-short-file":                    {said: "consume queue set aside"},
	"cq-last-short-file":               {said: "cut short"},
	"cq-last-empty-file":               {said: "cut short"},
	"cq-behind":                        {short: queueID{"TopicOne", 0}, shortEnd: 1110},
	"cq-behind/ours":                   {said: "are not as they were left"},
	"cq-behind-at-tail":                {},
	"cq-ahead":                         {},
	"index-garbage":                    {said: "index file is made anew"},
	"index-zero":                       {},
	"index-short":                      {said: "it was cut short"},
	"index-bad-name":                   {said: "no index file"},
	"cl-last-short":                    {said: "too short and is lengthened"},
	"cl-empty-last":                    {},
	"cl-prealloc":                      {},
	"cl-first-lost":                    {lost: []span{{0, goldenFile}}},
	"cl-middle-lost":                   {refused: commitlog.ErrLayout},
	"cl-last-lost":                     {lost: []span{{3 * goldenFile, goldenEnd}}, end: 3 * goldenFile, said: "the queues know messages behind the end"},
	"cl-all-lost":                      {lost: []span{{0, goldenEnd}}, end: -1, said: "the queues know messages behind the end"},
	"cl-foreign-file":                  {said: "not a file of the log"},
	"cl-foreign-dir":                   {said: "a directory in that of the log"},
	"checkpoint-future":                {},
	"checkpoint-zero":                  {},
	"checkpoint-short":                 {},
	"topics-corrupt":                   {}, // the tables are the broker's
	"topics-both-corrupt":              {},
	"topics-lost":                      {},
	"config-lost":                      {},
	"offsets-corrupt":                  {},
	"timerwheel-short":                 {},
	"timer-lost":                       {},
}

func outcomeOf(name, state string) outcome {
	if o, ok := outcomes[name+"/"+state]; ok {
		return o
	}
	return outcomes[name]
}
