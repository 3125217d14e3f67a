package certs

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a Keeper.
type Options struct {
	Keys Keys
	// Read reads a whole file; what it returns for a missing one is an fs.ErrNotExist.
	Read func(path string) ([]byte, error)
	// Every is how often files are looked at; 0 means 1 s. Java: 500 ms.
	Every time.Duration
	Now   func() time.Time // nil means time.Now
	Log   *slog.Logger
}

// Keeper has the TLS configuration that counts now, until Close.
type Keeper struct {
	files  Files
	opts   Options
	config atomic.Pointer[tls.Config]
	seen   [sha256.Size]byte // of the files when they were last tried

	// Reloads counts configurations that were taken over, Failures those that were not.
	Reloads, Failures atomic.Int64

	stop chan struct{}
	done sync.WaitGroup
}

// ErrFiles: certificate, key or trusted certificates cannot be used.
var ErrFiles = errors.New("certs")

// Open reads the files. The error names the key or the file that is wrong. It is not to be called if the mode is disabled.
func Open(o Options) (*Keeper, error) {
	if o.Every == 0 {
		o.Every = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	files, err := o.Keys.resolve(o.Read)
	if err == nil {
		err = files.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFiles, err)
	}
	k := &Keeper{files: files, opts: o, stop: make(chan struct{})}
	if files.CertPath == "" {
		return k, k.improvise()
	}
	pem, err := k.read()
	if err != nil {
		return nil, err
	}
	k.seen = pem.sum()
	config, err := k.build(pem)
	if err != nil {
		return nil, err
	}
	k.config.Store(config)
	k.warnOfEnd(config)
	k.done.Go(k.watch)
	return k, nil
}

// Config is for the next handshake. It must not be changed.
func (k *Keeper) Config() *tls.Config { return k.config.Load() }

// Improvised reports that the certificate was made on the spot, because no files are named.
func (k *Keeper) Improvised() bool { return k.files.CertPath == "" }

// NotAfter is when the certificate ends.
func (k *Keeper) NotAfter() time.Time { return k.Config().Certificates[0].Leaf.NotAfter }

// Close stops looking at the files.
func (k *Keeper) Close() {
	close(k.stop)
	k.done.Wait()
}

// pems are the files' contents.
type pems struct{ cert, key, trust []byte }

func (p *pems) sum() [sha256.Size]byte {
	h := sha256.New()
	for _, b := range [][]byte{p.cert, p.key, p.trust} {
		one := sha256.Sum256(b)
		h.Write(one[:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func (k *Keeper) read() (p pems, err error) {
	for _, f := range []struct {
		key, path string
		into      *[]byte
	}{
		{"tls.server.certPath", k.files.CertPath, &p.cert},
		{"tls.server.keyPath", k.files.KeyPath, &p.key},
		{"tls.server.trustCertPath", k.files.TrustPath, &p.trust},
	} {
		if f.path == "" {
			continue
		}
		if *f.into, err = k.opts.Read(f.path); err != nil {
			return p, fmt.Errorf("%w: %s: %w", ErrFiles, f.key, err)
		}
	}
	return p, nil
}

func (k *Keeper) build(p pems) (*tls.Config, error) {
	key, err := plainKey(p.key, k.files.Password.Reveal())
	if err != nil {
		return nil, fmt.Errorf("%w: tls.server.keyPath %s: %w", ErrFiles, k.files.KeyPath, err)
	}
	pair, err := tls.X509KeyPair(p.cert, key)
	if err != nil {
		return nil, fmt.Errorf("%w: %s with %s: %w", ErrFiles, k.files.CertPath, k.files.KeyPath, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientAuth: k.files.clientAuth()}
	if k.files.AuthClient && k.files.TrustPath != "" {
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(p.trust) {
			return nil, fmt.Errorf("%w: tls.server.trustCertPath %s: no certificate in it", ErrFiles, k.files.TrustPath)
		}
	}
	return config, nil
}

// clientAuth: without authClient any certificate will do, as long as the client has the key to it.
func (f *Files) clientAuth() tls.ClientAuthType {
	switch strings.ToLower(f.ClientAuth) {
	case "require":
		if f.AuthClient {
			return tls.RequireAndVerifyClientCert
		}
		return tls.RequireAnyClientCert
	case "optional":
		if f.AuthClient {
			return tls.VerifyClientCertIfGiven
		}
		return tls.RequestClientCert
	}
	return tls.NoClientCert
}

func (k *Keeper) watch() {
	tick := time.NewTicker(k.opts.Every)
	defer tick.Stop()
	for {
		select {
		case <-k.stop:
			return
		case <-tick.C:
			k.look()
		}
	}
}

// look takes new files over if they can be used; else what counted goes on to count. A certificate without its key is
// such a case: the one that is written second brings them together.
func (k *Keeper) look() {
	p, err := k.read()
	sum := p.sum()
	if sum == k.seen {
		return
	}
	k.seen = sum
	var config *tls.Config
	if err == nil {
		config, err = k.build(p)
	}
	if err != nil {
		k.Failures.Add(1)
		k.opts.Log.Warn("changed TLS files cannot be used, the certificate from before goes on to count", "err", err)
		return
	}
	k.config.Store(config)
	k.Reloads.Add(1)
	k.opts.Log.Info("TLS files read again", "subject", config.Certificates[0].Leaf.Subject.String(), "until", k.NotAfter())
	k.warnOfEnd(config)
}

// soon is how long before its end a certificate is worth a warning.
const soon = 14 * 24 * time.Hour

func (k *Keeper) warnOfEnd(config *tls.Config) {
	if until := config.Certificates[0].Leaf.NotAfter; until.Before(k.opts.Now().Add(soon)) {
		k.opts.Log.Warn("the TLS certificate ends soon or has ended", "path", k.files.CertPath, "until", until)
	}
}
