// Package admin is the HTTP listener for operators and their tools: health, readiness, metrics, and
// profiles for callers on this machine.
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Options of a Server.
type Options struct {
	Addr    string // host:port
	Metrics prometheus.Gatherer
	Log     *slog.Logger
}

// Server answers /healthz, /readyz, /metrics and, from loopback addresses, /debug/pprof/.
type Server struct {
	http  http.Server
	ln    net.Listener
	ready atomic.Pointer[func() error]
	done  sync.WaitGroup
}

// errStarting is what /readyz says until SetReady was called.
var errStarting = errors.New("starting")

// Start listens. The process counts as not ready until SetReady.
func Start(o Options) (*Server, error) {
	ln, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("admin listener: %w; choose another address with --admin, or \"\" for none", err)
	}
	s := &Server{ln: ln}
	starting := func() error { return errStarting }
	s.ready.Store(&starting)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.Metrics, promhttp.HandlerOpts{}))
	mux.Handle("/debug/pprof/", localOnly(http.HandlerFunc(pprof.Index)))
	mux.Handle("/debug/pprof/profile", localOnly(http.HandlerFunc(pprof.Profile)))
	mux.Handle("/debug/pprof/symbol", localOnly(http.HandlerFunc(pprof.Symbol)))
	mux.Handle("/debug/pprof/trace", localOnly(http.HandlerFunc(pprof.Trace)))
	s.http = http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	s.done.Go(func() { _ = s.http.Serve(ln) })
	return s, nil
}

// Addr is where the server listens.
func (s *Server) Addr() string { return s.ln.Addr().String() }

// SetReady gives /readyz what it asks: nil means ready, an error is the reason why not.
func (s *Server) SetReady(check func() error) { s.ready.Store(&check) }

// Close stops listening and waits for requests under way, at most until ctx ends.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close()
	}
	s.done.Wait()
	return err
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if err := (*s.ready.Load())(); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = fmt.Fprintln(w, err)
		return
	}
	_, _ = fmt.Fprintln(w, "ready")
}

// localOnly keeps profiles, which show memory, from other machines.
func localOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			http.Error(w, "profiles are served to this machine only", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}
