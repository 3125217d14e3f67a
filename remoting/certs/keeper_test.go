package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/jconf"
)

// disk is what a Keeper reads.
type disk struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (d *disk) Read(path string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.files[path]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return b, nil
}

func (d *disk) write(files map[string][]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for path, b := range files {
		d.files[path] = b
	}
}

// issuer signs certificates.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i := &issuer{}
	i.pem, _ = i.issue(t, "issuer", nil)
	block, _ := pem.Decode(i.pem)
	var err error
	if i.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
		t.Fatal(err)
	}
	return i
}

// issue returns a certificate and its key, both PEM; without by it signs itself and stays the issuer's.
func (i *issuer) issue(t testing.TB, name string, by *issuer) (cert, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotAfter: time.Now().AddDate(1, 0, 0), BasicConstraintsValid: true, IsCA: by == nil,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := template, k
	if by != nil {
		parent, signer = by.cert, by.key
	} else {
		i.key = k
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &k.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	p8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: p8})
}

func (i *issuer) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(i.cert)
	return p
}

// keys are the defaults with some set.
func keys(t testing.TB, pairs ...string) Keys {
	t.Helper()
	var settings []jconf.Setting
	for i := 0; i < len(pairs); i += 2 {
		settings = append(settings, jconf.Setting{Key: pairs[i], Value: pairs[i+1], Source: "test"})
	}
	var k Keys
	if problems := jconf.Bind(&k, settings); len(problems) > 0 {
		t.Fatal(problems)
	}
	return k
}

var discard = slog.New(slog.DiscardHandler)

func open(t testing.TB, d *disk, k Keys) *Keeper {
	t.Helper()
	keeper, err := Open(Options{Keys: k, Read: d.Read, Every: time.Millisecond, Log: discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keeper.Close)
	return keeper
}

// shake returns the name of the server's certificate, after one byte has come back.
func shake(k *Keeper, client *tls.Config) (name string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	go func() {
		there, err := l.Accept()
		if err != nil {
			return
		}
		defer there.Close()
		s := tls.Server(there, k.Config())
		if s.Handshake() == nil {
			_, _ = s.Write([]byte("x"))
			_, _ = s.Read(make([]byte, 1)) // the client ends it
		}
	}()
	here, err := net.DialTimeout("tcp", l.Addr().String(), 5*time.Second)
	if err != nil {
		return "", err
	}
	defer here.Close()
	_ = here.SetDeadline(time.Now().Add(10 * time.Second))
	c := tls.Client(here, client)
	if _, err := c.Read(make([]byte, 1)); err != nil {
		return "", err
	}
	return c.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

func TestImprovised(t *testing.T) {
	k := open(t, &disk{}, keys(t))
	if !k.Improvised() {
		t.Error("a certificate without files is not improvised")
	}
	name, err := shake(k, &tls.Config{InsecureSkipVerify: true})
	if err != nil || name != "localhost" {
		t.Errorf("got %q, %v; want localhost", name, err)
	}
	if _, err := shake(k, &tls.Config{ServerName: "localhost", RootCAs: newIssuer(t).pool()}); err == nil {
		t.Error("a client that trusts another took the improvised certificate")
	}
	if _, err := shake(k, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		t.Error("TLS 1.1 was served")
	}
}

func TestClientCertificates(t *testing.T) {
	ours, theirs := newIssuer(t), newIssuer(t)
	cert, key := ours.issue(t, "broker", ours)
	d := &disk{files: map[string][]byte{"cert": cert, "key": key, "trust": ours.pem}}
	pair := func(i *issuer) []tls.Certificate {
		c, k := i.issue(t, "client", i)
		p, err := tls.X509KeyPair(c, k)
		if err != nil {
			t.Fatal(err)
		}
		return []tls.Certificate{p}
	}
	known, strange := pair(ours), pair(theirs)
	for _, c := range []struct {
		need, authClient        string
		without, strange, known bool
	}{
		{"none", "true", true, true, true},
		{"optional", "false", true, true, true},
		{"REQUIRE", "false", false, true, true},
		{"optional", "true", true, false, true},
		{"require", "true", false, false, true},
	} {
		k := open(t, d, keys(t, "tls.server.certPath", "cert", "tls.server.keyPath", "key", "tls.server.trustCertPath", "trust",
			"tls.server.need.client.auth", c.need, "tls.server.authClient", c.authClient))
		for _, client := range []struct {
			name  string
			certs []tls.Certificate
			ok    bool
		}{{"no certificate", nil, c.without}, {"a strange one", strange, c.strange}, {"a known one", known, c.known}} {
			// A client that is told whose certificates are wanted would not show another.
			show := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if client.certs == nil {
					return &tls.Certificate{}, nil
				}
				return &client.certs[0], nil
			}
			_, err := shake(k, &tls.Config{ServerName: "broker", RootCAs: ours.pool(), GetClientCertificate: show})
			if (err == nil) != client.ok {
				t.Errorf("%s, authClient %s, %s: %v, want served %v", c.need, c.authClient, client.name, err, client.ok)
			}
		}
	}
}

func TestPropertiesFile(t *testing.T) {
	d := &disk{files: map[string][]byte{
		"/tls.properties": []byte("# made by hand\ntls.test.mode.enable = false\ntls.server.certPath=/server.pem\n" +
			"tls.server.keyPath=/rc4.key\ntls.server.keyPassword=s3cret-\\u00e9\ntls.client.certPath=/c\ntls.enable=true\n"),
		"/server.pem": testFile(t, "server.pem"), "/rc4.key": testFile(t, "pbe-sha1-rc4-128.key"),
	}}
	k := open(t, d, keys(t, "tls.config.file", "/tls.properties", "tls.server.keyPath", "/elsewhere"))
	name, err := shake(k, &tls.Config{InsecureSkipVerify: true})
	if err != nil || name != "broker.example" {
		t.Errorf("got %q, %v; want broker.example", name, err)
	}
}

func TestWhatCannotBeServed(t *testing.T) {
	server, key := testFile(t, "server.pem"), testFile(t, "plain.key")
	other, _ := newIssuer(t).issue(t, "other", nil)
	files := []string{"tls.server.certPath", "cert", "tls.server.keyPath", "key"}
	with := func(more ...string) []string { return append(files[:len(files):len(files)], more...) }
	for _, c := range []struct {
		name string
		disk map[string][]byte
		keys []string
		want string
	}{
		{"no such tls.properties", nil, []string{"tls.config.file", "/x"}, "tls.config.file: open /x"},
		{"unknown key", map[string][]byte{"/x": []byte("\ntls.server.certpath=y\n")}, []string{"tls.config.file", "/x"},
			`/x:2: unknown key "tls.server.certpath", did you mean tls.server.certPath?`},
		{"bad value", map[string][]byte{"/x": []byte("tls.server.authClient=yes")}, []string{"tls.config.file", "/x"}, "want true or false"},
		{"mode in the file", map[string][]byte{"/x": []byte("tls.server.mode=enforcing")}, []string{"tls.config.file", "/x"}, "not read from this file"},
		{"client auth", nil, []string{"tls.server.need.client.auth", "required"}, "want none, optional or require"},
		{"half a pair", nil, files[:2], "are needed both"},
		{"no files and no test", nil, []string{"tls.test.mode.enable", "false"}, "needs tls.server.certPath"},
		{"no certificate", map[string][]byte{"key": key}, files, "tls.server.certPath: open cert"},
		{"no key", map[string][]byte{"cert": server}, files, "tls.server.keyPath: open key"},
		{"key of another", map[string][]byte{"cert": other, "key": key}, files, "private key does not match"},
		{"no PEM", map[string][]byte{"cert": {0}, "key": key}, files, "cert with key"},
		{"encrypted", map[string][]byte{"cert": server, "key": testFile(t, "aes-256.key")}, files, "set tls.server.keyPassword"},
		{"no trust", map[string][]byte{"cert": server, "key": key, "t": nil},
			with("tls.server.trustCertPath", "t", "tls.server.authClient", "true"), "no certificate in it"},
	} {
		d := &disk{files: c.disk}
		k, err := Open(Options{Keys: keys(t, c.keys...), Read: d.Read, Log: discard})
		if err == nil {
			k.Close()
		}
		if !errors.Is(err, ErrFiles) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want ErrFiles with %q", c.name, err, c.want)
		}
	}
}

// Changed files count from the next handshake on; what cannot be used changes nothing and is told once.
func TestReload(t *testing.T) {
	ours := newIssuer(t)
	d := &disk{files: map[string][]byte{}}
	put := func(name string) {
		cert, key := ours.issue(t, name, ours)
		d.write(map[string][]byte{"cert": cert, "key": key})
	}
	put("first")
	var log lockedBuffer
	k, err := Open(Options{
		Keys: keys(t, "tls.server.certPath", "cert", "tls.server.keyPath", "key"),
		Read: d.Read, Every: time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	want := func(name string) {
		t.Helper()
		if got, err := shake(k, &tls.Config{RootCAs: ours.pool(), ServerName: name}); err != nil || got != name {
			t.Errorf("got the certificate of %q, %v; want %q", got, err, name)
		}
	}
	want("first")
	put("second")
	eventually(t, "the second counts", func() bool { return k.Reloads.Load() == 1 })
	want("second")

	cert, key := ours.issue(t, "third", ours)
	d.write(map[string][]byte{"cert": cert})
	eventually(t, "half a pair is refused", func() bool { return k.Failures.Load() == 1 })
	want("second")
	d.write(map[string][]byte{"key": key})
	eventually(t, "the pair counts", func() bool { return k.Reloads.Load() == 2 })
	want("third")

	d.write(map[string][]byte{"cert": []byte("rubbish")})
	eventually(t, "rubbish is refused", func() bool { return k.Failures.Load() == 2 })
	want("third")
	if n := strings.Count(log.String(), "cannot be used"); n != 2 {
		t.Errorf("%d lines about files that cannot be used, want one for each:\n%s", n, log.String())
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
