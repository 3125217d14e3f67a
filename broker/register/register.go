package register

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Caller sends requests to servers that it dials. remoting/client is one.
type Caller interface {
	Call(ctx context.Context, addr string, m *remoting.Message) (*wire.Command, error)
}

// Options of a Registrar; the names in brackets are Java's.
type Options struct {
	Cluster string // brokerClusterName
	Name    string // brokerName
	ID      int64  // brokerId
	Addr    string // brokerIP1:listenPort, what clients connect to
	HA      string // brokerIP2:haListenPort, announced to slaves

	NameServers []string      // namesrvAddr, host:port each; names are resolved again at each dial
	Every       time.Duration // registerNameServerPeriod, held between 10 and 60 s
	Timeout     time.Duration // registerBrokerTimeoutMills; 0 means 24 s
	Force       bool          // forceRegister: do not ask first whether the name server knows already
	Compressed  bool          // compressedRegister
	Single      bool          // enableSingleTopicRegister: tell of changed topics alone

	Topics  func() protocol.TopicTable // what is registered
	Ordered func(topics []string)      // told of topics that a name server says are ordered (ORDER_TOPIC_CONFIG); may be nil
	Log     *slog.Logger
}

// Registrar keeps this broker registered until Stop.
type Registrar struct {
	opts    Options
	caller  Caller
	servers []*nameServer
	ctx     context.Context // ends when Stop begins
	quit    context.CancelFunc
	done    sync.WaitGroup
}

// nameServer is one of them. Its goroutine is the only one that calls it.
type nameServer struct {
	addr   string
	change chan struct{} // holds one token: the topics have changed

	mu         sync.Mutex    // guards the rest
	registered time.Time     // the last success; zero before
	problem    error         // of the last attempt
	late       bool          // somebody gave up waiting for the attempt that is under way
	news       news          // with Options.Single
	told       chan struct{} // who waits for the next attempt to end; nil while nobody does
}

// Java holds registerNameServerPeriod between these.
const (
	minEvery = 10 * time.Second
	maxEvery = 60 * time.Second
	// retryEvery is how soon a name server is asked again that did not answer.
	retryEvery = time.Second
	// tellPatience is how long a name server may hold up what changed the topics. Clients wait three
	// seconds for an answer.
	tellPatience = time.Second
)

// Split reads a namesrvAddr: addresses separated by semicolons.
func Split(addrs string) []string {
	var list []string
	for _, a := range strings.Split(addrs, ";") {
		if a = strings.TrimSpace(a); a != "" {
			list = append(list, a)
		}
	}
	return list
}

// New makes a Registrar that does nothing before Start.
func New(caller Caller, o Options) *Registrar {
	o.Every = min(max(o.Every, minEvery), maxEvery)
	if o.Timeout == 0 {
		o.Timeout = 24 * time.Second
	}
	r := &Registrar{opts: o, caller: caller}
	r.ctx, r.quit = context.WithCancel(context.Background())
	for _, addr := range o.NameServers {
		n := &nameServer{addr: addr, change: make(chan struct{}, 1), problem: errors.New("not registered yet")}
		r.servers = append(r.servers, n)
	}
	return r
}

// Start begins to register with every name server. It does not wait.
func (r *Registrar) Start() {
	for _, n := range r.servers {
		r.done.Go(func() { r.keep(r.ctx, n) })
	}
}

// Changed has the name servers told of the topics, all of them unless Options.Single, and waits until they were, so that whoever is then
// answered finds the route; changes that come meanwhile are told together. It does not wait for a name
// server that did not answer the last time, and for others one second at most. Java's broker waits up
// to registerBrokerTimeoutMills. Java: TopicConfigManager.registerBrokerData.
func (r *Registrar) Changed(topics ...string) {
	told := make([]<-chan struct{}, len(r.servers))
	for i, n := range r.servers {
		told[i] = n.tell(r.opts.Single, topics)
	}
	patience := time.NewTimer(tellPatience)
	defer patience.Stop()
	for i, n := range r.servers {
		if !n.answers() {
			continue
		}
		select {
		case <-told[i]:
		case <-r.ctx.Done():
			return
		case <-patience.C:
			n.giveUp(told[i])
			patience.Reset(0) // the others have had the same time
		}
	}
}

// tell asks for another registration, of these topics if single. What it returns is closed when one has ended that began later.
func (n *nameServer) tell(single bool, topics []string) <-chan struct{} {
	n.mu.Lock()
	if single {
		n.news.add(topics)
	}
	if n.told == nil {
		n.told = make(chan struct{})
	}
	told := n.told
	n.mu.Unlock()
	select {
	case n.change <- struct{}{}:
	default:
	}
	return told
}

// answers reports whether the name server is worth waiting for.
func (n *nameServer) answers() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.problem == nil && !n.late
}

// giveUp has nobody wait for this name server until it has answered, unless it just has.
func (n *nameServer) giveUp(told <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-told:
	default:
		n.late = true
	}
}

// Err is nil while at least one name server knows this broker, and else why not. Without any name
// server configured it is nil.
func (r *Registrar) Err() error {
	var problems []error
	for _, n := range r.servers {
		n.mu.Lock()
		err, known := n.problem, !n.registered.IsZero()
		n.mu.Unlock()
		if err == nil && known {
			return nil
		}
		problems = append(problems, fmt.Errorf("name server %s: %w", n.addr, err))
	}
	return errors.Join(problems...)
}

// Stop takes this broker out of every name server's table and waits for that, at most until ctx ends.
func (r *Registrar) Stop(ctx context.Context) {
	r.quit()
	r.done.Wait()
	var leaving sync.WaitGroup
	for _, n := range r.servers {
		leaving.Go(func() {
			if err := r.leave(ctx, n); err != nil {
				r.opts.Log.Warn("not unregistered; the name server will notice by itself", "namesrv", n.addr, "err", err)
			}
		})
	}
	leaving.Wait()
}

// keep registers, then again whenever it is time, until ctx ends.
func (r *Registrar) keep(ctx context.Context, n *nameServer) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	force := true // at the start, and after a change
	for {
		single := false
		select {
		case <-ctx.Done():
			return
		case <-n.change:
			force, single = true, r.opts.Single
		case <-timer.C:
		}
		told := n.begin()
		if single && r.tellSingles(ctx, n) {
			n.release(told)
			continue // the timer goes on: this is no sign of life
		}
		err := r.register(ctx, n, force || r.opts.Force)
		if ctx.Err() != nil {
			return
		}
		r.note(n, err, told)
		next := r.opts.Every
		if err != nil {
			next = retryEvery
		} else {
			force = false
		}
		timer.Reset(next)
	}
}

// begin takes over who waits for the attempt that begins now: it sees their changes.
func (n *nameServer) begin() (told chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if told, n.told = n.told, nil; told == nil {
		told = make(chan struct{})
	}
	return told
}

// release lets go on who waited for an attempt that told of single topics.
func (n *nameServer) release(told chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.late = false
	close(told)
}

// note remembers how it went, lets go on who waited for it, and logs changes only.
func (r *Registrar) note(n *nameServer, err error, told chan struct{}) {
	n.mu.Lock()
	before, first := n.problem, n.registered.IsZero()
	n.problem, n.late = err, false
	if err == nil {
		n.registered = time.Now()
	}
	close(told)
	n.mu.Unlock()
	switch {
	case err == nil && (before != nil || first):
		r.opts.Log.Info("registered", "namesrv", n.addr, "broker", r.opts.Name, "addr", r.opts.Addr)
	case err != nil && (before == nil || before.Error() != err.Error()):
		r.opts.Log.Warn("not registered: clients that ask this name server will not find this broker",
			"namesrv", n.addr, "err", err)
	}
}
