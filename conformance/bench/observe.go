//go:build conformance

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gannetmq/gannet/conformance/bench/result"
)

// observation is the CPU that a stretch of time took, by who used it.
type observation struct {
	pid     int
	began   time.Time
	elapsed time.Duration
	machine cpuTimes
	server  time.Duration
	clients time.Duration // children of this process that were waited for
	own     time.Duration
}

// observe begins to watch; end tells what has happened since.
func observe(pid int) (observation, error) {
	server, err := serverCPU(pid)
	return observation{
		pid: pid, began: time.Now(), machine: readCPUTimes(), server: server,
		clients: used(syscall.RUSAGE_CHILDREN), own: used(syscall.RUSAGE_SELF),
	}, err
}

func (o observation) end() (observation, error) {
	now, err := observe(o.pid)
	return observation{
		pid: o.pid, began: o.began, elapsed: now.began.Sub(o.began), machine: now.machine.minus(o.machine),
		server: now.server - o.server, clients: now.clients - o.clients, own: now.own - o.own,
	}, err
}

// foreignShare is the CPU of everybody else, of one core.
func (o observation) foreignShare() float64 {
	return max(0, (o.machine.busy-o.server-o.clients-o.own).Seconds()/o.elapsed.Seconds())
}

func (o observation) stealShare() float64 { return o.machine.steal.Seconds() / o.elapsed.Seconds() }

// official adds the CPU of a run of the official client, which does not account for anybody. The
// start of its JVM is in it.
func (o observation) official(r *result.Round) {
	r.CPUPerMillion = o.server.Seconds() / float64(r.Messages) * 1e6
	r.ServerShare = o.server.Seconds() / o.elapsed.Seconds()
	r.ClientShare = o.clients.Seconds() / o.elapsed.Seconds()
}

// cpuTimes are the first line of /proc/stat.
type cpuTimes struct {
	busy, steal time.Duration // summed over all cores
	total       time.Duration
}

// tick is the unit of /proc/stat. Linux fixes USER_HZ at 100 on amd64 and arm64.
const tick = 10 * time.Millisecond

// readCPUTimes is zero where there is no /proc/stat.
func readCPUTimes() (c cpuTimes) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return c
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	// cpu user nice system idle iowait irq softirq steal guest guest_nice; guests are in user already.
	for i, f := range strings.Fields(string(line))[1:] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil || i > 7 {
			break
		}
		t := time.Duration(n) * tick
		c.total += t
		switch i {
		case 3, 4:
		case 7:
			c.steal += t
		default:
			c.busy += t
		}
	}
	return c
}

func (c cpuTimes) minus(b cpuTimes) cpuTimes {
	return cpuTimes{busy: c.busy - b.busy, steal: c.steal - b.steal, total: c.total - b.total}
}

// stealShare is what the hypervisor took, of all cores.
func (c cpuTimes) stealShare() float64 {
	if c.total == 0 {
		return 0
	}
	return c.steal.Seconds() / c.total.Seconds()
}

func used(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// serverCPU sums the nanoseconds of the live threads of a process. Ticks would miss most of what a
// server does that wakes a thousand times a second for some microseconds.
func serverCPU(pid int) (time.Duration, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(tasks) == 0 {
		return 0, fmt.Errorf("no process %d, or no schedstat in this kernel", pid)
	}
	var total time.Duration
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that has just ended
		}
		on, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(on, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", task, err)
		}
		total += time.Duration(ns)
	}
	return total, nil
}
