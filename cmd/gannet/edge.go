package main

import (
	"crypto/tls"
	"errors"
	"os"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/certs"
	"github.com/gannetmq/gannet/remoting/netio"
)

// What the names of a role's metrics begin with.
const (
	brokerPrefix     = "gannet_"
	nameServerPrefix = "gannet_namesrv_"
)

// errNamesEnforce: the broker of the same process would never be registered.
var errNamesEnforce = errors.New("namesrv.tls.server.mode = enforcing: the broker of gannet serve registers without TLS, " +
	"which is not served yet; use permissive, or run gannet namesrv and gannet broker where no plain connection gets through")

// openCerts reads the certificates of a role, which count until the process stops. It returns nil if TLS is disabled.
func (p *process) openCerts(keys *certs.Keys, prefix string) (func() *tls.Config, error) {
	if keys.Mode == "disabled" {
		return nil, nil
	}
	k, err := certs.Open(certs.Options{Keys: *keys, Read: os.ReadFile, Log: p.log})
	if err != nil {
		return nil, exitStatus{err, exitUsage}
	}
	if keys.Mode == "enforcing" && k.Improvised() {
		p.log.Warn("TLS is enforced with a certificate that was made at the start and proves nothing to clients", "cure", "set tls.server.certPath and tls.server.keyPath")
	}
	p.certs = append(p.certs, k)
	gauge(p.metrics, prefix+"tls_certificate_end_time_seconds", "When the certificate that is shown ends, Unix time.", func() float64 {
		return float64(k.NotAfter().Unix())
	})
	counter(p.metrics, prefix+"tls_reloads_total", "Changed TLS files that were taken over.", k.Reloads.Load)
	counter(p.metrics, prefix+"tls_reload_failures_total", "Changed TLS files that could not be used.", k.Failures.Load)
	return k.Config, nil
}

// exportSockets publishes what a role's sockets and requests did. Each limit that refuses or closes has its counter.
func exportSockets(r prometheus.Registerer, prefix string, m *netio.Metrics, q *remoting.Stats) {
	gauge(r, prefix+"connections", "Open connections.", func() float64 { return float64(m.Conns.Load()) })
	gauge(r, prefix+"unsent_bytes", "Bytes of unread answers, of each connection in whole steps of 16 KiB.", func() float64 {
		return float64(m.Backlog.Load())
	})
	gauge(r, prefix+"unfinished_bytes", "Bytes of requests of which the rest has not come.", func() float64 { return float64(m.Partial.Load()) })
	gauge(r, prefix+"requests_in_flight", "Requests that wait for work or for an answer.", func() float64 { return float64(q.InFlight.Load()) })
	gauge(r, prefix+"request_bytes_in_flight", "Bytes of those that wait for work.", func() float64 { return float64(q.FrameBytes.Load()) })
	for _, c := range []struct {
		name, help string
		read       func() int64
	}{
		{"connections_accepted_total", "Connections accepted.", m.Accepted.Load},
		{"connections_refused_total", "Connections over a limit.", func() int64 { return m.RefusedTotal.Load() + m.RefusedPerIP.Load() }},
		{"connections_tls_total", "TLS handshakes done.", m.TLS.Load},
		{"connections_proxied_total", "Connections with a PROXY header.", m.Proxied.Load},
		{"connections_congested_total", "Times that a connection left more unread than its requests may.", m.Congested.Load},
		{"frames_total", "Frames received.", m.Frames.Load},
		{"requests_refused_total", "Requests answered SYSTEM_BUSY.", q.Refused.Load},
		{"requests_oversized_total", "Requests whose header is longer than their code takes.", q.Oversized.Load},
		{"requests_unknown_total", "Requests with a code that is not served.", q.Unknown.Load},
		{"frames_malformed_total", "Frames whose header did not decode.", q.Malformed.Load},
		{"handler_panics_total", "Handlers that panicked: bugs.", q.Panics.Load},
	} {
		counter(r, prefix+c.name, c.help, c.read)
	}
	labelled(r, prefix+"connections_over_limit_total", "Connections refused, by limit.", "limit", "all", m.RefusedTotal.Load)
	labelled(r, prefix+"connections_over_limit_total", "Connections refused, by limit.", "limit", "address", m.RefusedPerIP.Load)
	for reason := range netio.Reasons() {
		labelled(r, prefix+"connections_closed_total", "Connections ended, by reason.", "reason", reason.String(), m.Closed[reason].Load)
	}
	for l := range q.Frames {
		labelled(r, prefix+"frames_over_limit_total", "Frames whose connection was closed for them, by limit.", "limit", remoting.FrameLimit(l).String(), q.Frames[l].Load)
	}
	for by := range q.RefusedBy {
		labelled(r, prefix+"requests_over_limit_total", "Requests answered SYSTEM_BUSY, by limit.", "limit", remoting.Limit(by).String(), q.RefusedBy[by].Load)
	}
}

// labelled is a counter that is one of several under a name.
func labelled(r prometheus.Registerer, name, help, label, value string, read func() int64) {
	r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: name, Help: help, ConstLabels: prometheus.Labels{label: value},
	}, func() float64 { return float64(read()) }))
}
