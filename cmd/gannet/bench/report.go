package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Report is the result of one run. Latencies are in microseconds.
type Report struct {
	Kind        string  `json:"kind"`
	Connections int     `json:"connections"`
	Window      int     `json:"window"`
	Batch       int     `json:"batch"`
	Size        int     `json:"size"`
	Rate        int     `json:"rate,omitempty"` // asked for, messages a second; 0 = as fast as answers come
	Seconds     float64 `json:"seconds"`
	Messages    int64   `json:"messages"`
	// Failed are the requests that were refused or had no answer in time, and messages that were accepted and did not come.
	Failed     int64   `json:"failed"`
	FirstError string  `json:"firstError,omitempty"`
	PerSecond  float64 `json:"perSecond"`
	P50        int64   `json:"p50"`
	P99        int64   `json:"p99"`
	P999       int64   `json:"p999"`
	Max        int64   `json:"max"` // of requests without an answer, too
	// Received are the messages that consumers got (e2e).
	Received int64 `json:"received,omitempty"`
	// OwnShare is the CPU of the generator, of one core. Near 1 with one connection, or near the number
	// of cores with several, the run measures the generator.
	OwnShare float64 `json:"ownCpuShare"`
	// Of the server, if its process id was given.
	CPUPerMillion float64 `json:"cpuSecondsPerMillion,omitempty"`
	CPUShare      float64 `json:"cpuShare,omitempty"` // of one core
	RSS           int64   `json:"rss,omitempty"`      // the most that was seen, as RSSAnon
	RSSAnon       int64   `json:"rssAnon,omitempty"`
}

func (r *Report) finish(t tally, perReq int, elapsed time.Duration) {
	r.Seconds = elapsed.Seconds()
	r.Messages = (t.requests - t.failed) * int64(perReq)
	r.Failed = t.failed
	r.PerSecond = float64(r.Messages) / r.Seconds
	h := t.latency
	r.P50, r.P99, r.P999, r.Max = h.ValueAtQuantile(50), h.ValueAtQuantile(99), h.ValueAtQuantile(99.9), t.max()
}

// fail adds failures that are none of a request.
func (r *Report) fail(n int64, text string) {
	r.Failed += n
	if r.FirstError != "" {
		text = r.FirstError + "; " + text
	}
	r.FirstError = text
}

// processes adds the CPU of both sides during p, and the memory of the server.
func (r *Report) processes(pid int, p *phase) {
	elapsed, cpu := p.ended.Sub(p.began), p.cpu1-p.cpu0
	r.OwnShare = (p.own1 - p.own0).Seconds() / elapsed.Seconds()
	p.look(pid)
	r.RSS, r.RSSAnon = p.rss.Load(), p.anon.Load()
	if pid == 0 || r.Messages == 0 {
		return
	}
	r.CPUPerMillion = cpu.Seconds() / float64(r.Messages) * 1e6
	r.CPUShare = cpu.Seconds() / elapsed.Seconds()
}

// print writes the report for people, or as one line of JSON.
func (r *Report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	fmt.Fprintf(w, "%s  %d connections × %d, %d messages of %d bytes in a request\n", r.Kind, r.Connections, r.Window, r.Batch, r.Size)
	fmt.Fprintf(w, "  %.0f messages/s over %.1f s, %d failed\n", r.PerSecond, r.Seconds, r.Failed)
	fmt.Fprintf(w, "  latency µs: p50 %d  p99 %d  p99.9 %d  max %d\n", r.P50, r.P99, r.P999, r.Max)
	if r.Received > 0 {
		fmt.Fprintf(w, "  %d received; latency is from the send to the receipt\n", r.Received)
	}
	fmt.Fprintf(w, "  generator: %.0f %% of a core\n", 100*r.OwnShare)
	if r.CPUPerMillion > 0 {
		fmt.Fprintf(w, "  server: %.2f CPU-s per million messages, %.0f %% of a core, at most RSS %d MB (anonymous %d MB)\n",
			r.CPUPerMillion, 100*r.CPUShare, r.RSS>>20, r.RSSAnon>>20)
	}
	if r.FirstError != "" {
		fmt.Fprintf(w, "  first failure: %s\n", r.FirstError)
	}
	return nil
}
