package javaenv

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	startLimit = 90 * time.Second // to serving; a shared machine starts a JVM slowly
	stopLimit  = 60 * time.Second
)

// Options say how to start a Java name server or broker. The zero value is a name server for a test.
type Options struct {
	// Dir gets configuration, store/, logs and output. It may hold the store of an earlier run: then the broker goes
	// on with it.
	Dir string
	// Namesrv is the name server's host:port; brokers need it.
	Namesrv string
	// Port is listenPort; 0 takes a free one. A broker also opens Port-2 and Port+1.
	Port int
	// Conf is added to the configuration file and wins over what is written there otherwise.
	Conf map[string]string
	// Plain leaves out the settings that make a broker small and patient for tests (testConf); benchmarks set it.
	Plain bool
	// HeapMin and HeapMax in MB; 0 is 256 and 1024 for a broker, 64 and 256 for a name server.
	HeapMin, HeapMax int
	// JVM are further JVM arguments, after the heap.
	JVM []string
}

// testConf keeps a store small, and a busy machine from dropping sends: Java refuses a request that waited 200 ms in its
// queue, or when the page cache was slow for a second, and tests count answers exactly.
var testConf = map[string]string{
	"mappedFileSizeCommitLog":     strconv.Itoa(16 << 20), // must hold the largest message, 4 MB
	"mappedFileSizeConsumeQueue":  strconv.Itoa(20 * 10_000),
	"maxHashSlotNum":              "10000",
	"maxIndexNum":                 "40000",
	"diskMaxUsedSpaceRatio":       "95",
	"waitTimeMillsInSendQueue":    "10000",
	"osPageCacheBusyTimeOutMills": "10000",
}

// Server is a running Java name server or broker.
type Server struct {
	*process
	// Addr is host:port as clients use and brokers announce it.
	Addr string
	// Options are those of the start with every blank filled in: starting with them again continues on the same ports and store.
	Options Options
}

// StoreDir is storePathRootDir of a broker.
func (s *Server) StoreDir() string { return filepath.Join(s.Options.Dir, "store") }

// Logs is the folder of the log files that RocketMQ writes.
func (s *Server) Logs() string { return logs(s.Options.Dir) }

// Stop ends the server with SIGTERM and waits for the end of its shutdown.
func (s *Server) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	return s.process.Stop(ctx)
}

// Diagnosis is what a failed test should show: the end of the output and the warnings and errors that were logged.
func (s *Server) Diagnosis() string {
	return fmt.Sprintf("%s %s, %s\n%s", s.name, s.Addr, s.tail(), warnings(s.Options.Dir))
}

// logs is the folder where RocketMQ's classes write log files for a JVM that lives in dir.
func logs(dir string) string { return filepath.Join(dir, "home", "logs", "rocketmqlogs") }

// warnings are the last warnings and errors that RocketMQ's classes logged in a JVM that lives in dir.
func warnings(dir string) string {
	var b strings.Builder
	files, _ := filepath.Glob(filepath.Join(logs(dir), "*.log")) // the pattern is constant, so the error is nil
	for _, path := range files {
		if bad := complaints(path, 10); len(bad) > 0 {
			fmt.Fprintf(&b, "%s:\n%s\n", path, strings.Join(bad, "\n"))
		}
	}
	return b.String()
}

// StartNamesrv starts a name server and waits until it serves. o.Dir is required.
func (e *Env) StartNamesrv(ctx context.Context, o Options) (*Server, error) {
	o, err := o.filled([]int{0}, 64, 256)
	if err != nil {
		return nil, err
	}
	conf := map[string]string{
		"listenPort":      strconv.Itoa(o.Port),
		"bindAddress":     "127.0.0.1",
		"rocketmqHome":    filepath.Join(o.Dir, "home"),
		"kvConfigPath":    filepath.Join(o.Dir, "kvConfig.json"),
		"configStorePath": filepath.Join(o.Dir, "namesrv.properties"),
	}
	s, err := e.serve("namesrv", "org.apache.rocketmq.namesrv.NamesrvStartup", conf, o)
	if err != nil {
		return nil, err
	}
	return s.ready(ctx, func(ctx context.Context) error { return AwaitNamesrv(ctx, s.Addr) })
}

// StartBroker starts a broker and waits until it serves and its name server knows it. o.Dir and o.Namesrv are required.
// Unless o.Conf says otherwise it is broker-a of DefaultCluster, a master without replication, flushing asynchronously.
func (e *Env) StartBroker(ctx context.Context, o Options) (*Server, error) {
	if o.Namesrv == "" {
		return nil, fmt.Errorf("javaenv: a broker needs Options.Namesrv")
	}
	o, err := o.filled(brokerOffsets, 256, 1024)
	if err != nil {
		return nil, err
	}
	conf := map[string]string{
		"brokerClusterName":     "DefaultCluster",
		"brokerName":            "broker-a",
		"brokerId":              "0",
		"brokerRole":            "ASYNC_MASTER",
		"flushDiskType":         "ASYNC_FLUSH",
		"namesrvAddr":           o.Namesrv,
		"listenPort":            strconv.Itoa(o.Port),
		"haListenPort":          strconv.Itoa(o.Port + 1),
		"bindAddress":           "127.0.0.1",
		"brokerIP1":             "127.0.0.1",
		"brokerIP2":             "127.0.0.1",
		"autoCreateTopicEnable": "true",
		"rocketmqHome":          filepath.Join(o.Dir, "home"),
		"storePathRootDir":      filepath.Join(o.Dir, "store"),
		"storePathCommitLog":    filepath.Join(o.Dir, "store", "commitlog"),
	}
	if !o.Plain {
		maps.Copy(conf, testConf)
	}
	s, err := e.serve("broker", "org.apache.rocketmq.broker.BrokerStartup", conf, o)
	if err != nil {
		return nil, err
	}
	return s.ready(ctx, func(ctx context.Context) error { return AwaitBroker(ctx, o.Namesrv, s.Addr) })
}

// filled checks o and fills in its blanks.
func (o Options) filled(ports []int, heapMin, heapMax int) (Options, error) {
	if !filepath.IsAbs(o.Dir) {
		return o, fmt.Errorf("javaenv: Options.Dir %q is not an absolute path", o.Dir)
	}
	if o.HeapMin == 0 {
		o.HeapMin = heapMin
	}
	if o.HeapMax == 0 {
		o.HeapMax = max(heapMax, o.HeapMin)
	}
	if o.Port == 0 {
		var err error
		if o.Port, err = freePort(ports); err != nil {
			return o, err
		}
	}
	return o, nil
}

// serve writes the configuration file and starts the JVM.
func (e *Env) serve(name, main string, conf map[string]string, o Options) (*Server, error) {
	maps.Copy(conf, o.Conf)
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(conf)) {
		fmt.Fprintf(&text, "%s=%s\n", key, conf[key])
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("javaenv: %w", err)
	}
	path := filepath.Join(o.Dir, name+".conf")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		return nil, fmt.Errorf("javaenv: %w", err)
	}
	p, err := e.start(jvm{
		name:   name,
		dir:    o.Dir,
		module: Server533,
		args:   append([]string{fmt.Sprintf("-Xms%dm", o.HeapMin), fmt.Sprintf("-Xmx%dm", o.HeapMax)}, o.JVM...),
		main:   main,
		params: []string{"-c", path},
	})
	if err != nil {
		return nil, err
	}
	return &Server{process: p, Addr: loopback(o.Port), Options: o}, nil
}

// ready waits for the server; one that does not come up is killed, and the error holds its diagnosis.
func (s *Server) ready(ctx context.Context, serving func(context.Context) error) (*Server, error) {
	ctx, cancelTime := context.WithTimeout(ctx, startLimit)
	defer cancelTime()
	ctx, cancel := s.while(ctx)
	defer cancel()
	err := serving(ctx)
	if err == nil {
		return s, nil
	}
	return nil, errors.Join(fmt.Errorf("%w\n%s", err, s.Diagnosis()), s.Kill())
}
