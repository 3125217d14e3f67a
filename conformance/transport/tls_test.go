//go:build conformance

package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

const count = 200

// quick has a Java client send and receive; it returns how many TLS connections broker and name server have seen.
func quick(t *testing.T, g *process.Gannet, topic string, props map[string]string) (broker, names int) {
	t.Helper()
	args := []string{"--namesrv", g.Namesrv, "--topic", topic, "--count", strconv.Itoa(count)}
	p := javaenv.RunClient(t, javaenv.Client533, "QuickProducer", props, args...)
	c := javaenv.RunClient(t, javaenv.Client533, "QuickConsumer", props, append(args, "--group", "G-"+topic)...)
	if p.Sent != count || c.Distinct != count {
		t.Errorf("%s: sent %d, received %d different ones; want %d of both", topic, p.Sent, c.Distinct, count)
	}
	return metric(t, g, "gannet_connections_tls_total"), metric(t, g, "gannet_namesrv_connections_tls_total")
}

func metric(t *testing.T, g *process.Gannet, name string) int {
	t.Helper()
	body, _, err := g.Get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + name + ` (\d+)$`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no metric %s", name)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Without a word of configuration on either side but tls.enable, as with Java's own broker; plain clients are served on
// the same ports.
func TestJavaClientWithDefaults(t *testing.T) {
	g := process.Run(t, process.Options{})
	if broker, names := quick(t, g, "Plain", nil); broker+names != 0 {
		t.Errorf("%d and %d TLS connections of plain clients", broker, names)
	}
	broker, names := quick(t, g, "Secure", map[string]string{"tls.enable": "true"})
	if broker == 0 || names == 0 {
		t.Errorf("%d TLS connections to the broker, %d to the name server; want some to both", broker, names)
	}
}

// files writes a certificate and its key, which is its own issuer, and returns their paths.
func files(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name, "localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	p8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key")
	write(t, key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: p8}))
	write(t, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return cert, key
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// One tls.properties for both sides, as RocketMQ's guide has it: the server's key is encrypted the way the guide does it,
// each side shows a certificate and checks the other's, and the broker takes nothing plain.
func TestJavaClientWithTLSProperties(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"server.pem", "plain.key", "pbe-sha1-rc4-128.key"} {
		b, err := os.ReadFile(filepath.Join(process.Root(), "remoting", "certs", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), b)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	properties := in("tls.properties")
	write(t, properties, fmt.Appendf(nil, "tls.test.mode.enable=false\ntls.server.need.client.auth=require\n"+
		"tls.server.keyPath=%s\ntls.server.keyPassword=s3cret-\\u00e9\ntls.server.certPath=%[2]s\ntls.server.authClient=true\n"+
		"tls.server.trustCertPath=%[2]s\ntls.client.keyPath=%s\ntls.client.certPath=%[2]s\ntls.client.authServer=true\n"+
		"tls.client.trustCertPath=%[2]s\n", in("pbe-sha1-rc4-128.key"), in("server.pem"), in("plain.key")))
	g := process.Run(t, process.Options{Set: map[string]string{
		"tls.server.mode": "enforcing", "tls.config.file": properties, "namesrv.tls.config.file": properties,
	}})
	broker, names := quick(t, g, "Mutual", map[string]string{"tls.enable": "true", "tls.config.file": properties})
	if broker == 0 || names == 0 {
		t.Errorf("%d TLS connections to the broker, %d to the name server; want some to both", broker, names)
	}
	if name, err := shake(g.Broker); err == nil {
		t.Errorf("a client without a certificate was served by %s", name)
	}
	plain, err := net.DialTimeout("tcp", g.Broker, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	_ = plain.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = plain.Write([]byte{0, 0, 0, 4, 0, 0, 0, 0})
	if n, err := plain.Read(make([]byte, 1)); err == nil || n != 0 || os.IsTimeout(err) {
		t.Errorf("plain connection to the broker: %d bytes, %v; want it closed", n, err)
	}
}

// shake returns the name of the certificate that is shown at an address. TLS 1.2 tells at once whether it was enough.
func shake(addr string) (string, error) {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	c, err := tls.DialWithDialer(dialer, "tcp", addr, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	if err != nil {
		return "", err
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

// New files count without a restart; files that cannot be used leave things as they are.
func TestChangedCertificates(t *testing.T) {
	dir := t.TempDir()
	cert, key := files(t, dir, "first")
	g := process.Run(t, process.Options{Set: map[string]string{"tls.server.certPath": cert, "tls.server.keyPath": key}})
	shown := func(name string) bool {
		got, err := shake(g.Broker)
		if err != nil {
			t.Fatal(err)
		}
		return got == name
	}
	if !shown("first") {
		t.Error("not the certificate of the files is shown")
	}
	write(t, cert, []byte("rubbish"))
	await(t, "rubbish is noticed", func() bool { return metric(t, g, "gannet_tls_reload_failures_total") > 0 })
	if !shown("first") {
		t.Error("rubbish changed the certificate")
	}
	files(t, dir, "second")
	await(t, "the second is shown", func() bool { return shown("second") })
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in 20 s: %s", what)
		}
	}
}
