package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func get(t *testing.T, s *Server, path string) (int, string) {
	t.Helper()
	resp, err := http.Get("http://" + s.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestServer(t *testing.T) {
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "gannet_test_total"})
	registry.MustRegister(counter)
	counter.Inc()
	s, err := Start(Options{Addr: "127.0.0.1:0", Metrics: registry, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(path string, code int, text string) {
		t.Helper()
		if c, body := get(t, s, path); c != code || !strings.Contains(body, text) {
			t.Errorf("%s: got %d %q, want %d with %q", path, c, body, code, text)
		}
	}
	expect("/healthz", 200, "ok")
	expect("/readyz", 503, "starting")
	s.SetReady(func() error { return nil })
	expect("/readyz", 200, "ready")
	s.SetReady(func() error { return errors.New("disk full") })
	expect("/readyz", 503, "disk full")
	expect("/metrics", 200, "gannet_test_total 1")
	expect("/debug/pprof/", 200, "heap")
	expect("/nothing", 404, "")
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := http.Get("http://" + s.Addr() + "/healthz"); err == nil {
		t.Error("still listening after Close")
	}
}

func TestProfilesAreLocal(t *testing.T) {
	h := localOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}))
	for addr, want := range map[string]int{"192.0.2.7:5": 403, "nonsense": 403, "127.0.0.1:5": 200, "[::1]:5": 200} {
		r := httptest.NewRequest("GET", "/debug/pprof/", nil)
		r.RemoteAddr = addr
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("from %s: got %d, want %d", addr, w.Code, want)
		}
	}
}

func TestStartSaysHowToChooseAnotherAddress(t *testing.T) {
	s, err := Start(Options{Addr: "127.0.0.1:0", Metrics: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.Background())
	_, err = Start(Options{Addr: s.Addr(), Metrics: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "--admin") {
		t.Errorf("got %v, want an error that names --admin", err)
	}
}
