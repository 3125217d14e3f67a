package certs

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/jprops"
)

// Keys are the settings of TLS, under the names of Java's system properties.
type Keys struct {
	Mode       string `mq:"tls.server.mode" default:"permissive" enum:"disabled,permissive,enforcing" state:"honoured" help:"disabled: connections that begin with TLS are closed; permissive: both are served on the same port; enforcing: plain ones are closed (Java: -Dtls.server.mode)"`
	ConfigFile string `mq:"tls.config.file" default:"/etc/rocketmq/tls.properties" state:"honoured" help:"Java's tls.properties, whose values count more than those given elsewhere; it may be missing only under the default name"`
	Files
}

// Files are those settings that tls.properties may hold too.
type Files struct {
	TestMode   bool         `mq:"tls.test.mode.enable" default:"true" state:"honoured" help:"without tls.server.certPath use a certificate that is made at the start and proves nothing; false: refuse to start then (Java: true has the files ignored)"`
	ClientAuth string       `mq:"tls.server.need.client.auth" default:"none" state:"honoured" help:"certificates of clients: none, optional, require"`
	KeyPath    string       `mq:"tls.server.keyPath" default:"" state:"honoured" help:"private key, PEM; PKCS#8 if it is encrypted"`
	Password   jconf.Secret `mq:"tls.server.keyPassword" default:"" state:"honoured" help:"of an encrypted key"`
	CertPath   string       `mq:"tls.server.certPath" default:"" state:"honoured" help:"certificate and those of its issuers, PEM; read again when it changes, as key and trusted ones are"`
	AuthClient bool         `mq:"tls.server.authClient" default:"false" state:"honoured" help:"clients' certificates must be issued by one of tls.server.trustCertPath"`
	TrustPath  string       `mq:"tls.server.trustCertPath" default:"" state:"honoured" help:"certificates of issuers, PEM; empty: those that the system trusts"`
}

const defaultFile = "/etc/rocketmq/tls.properties"

// otherKeys may be in the file: Java's clients read it too. The mode may not, because nobody would obey it.
func otherKeys() []jconf.Entry {
	known := []jconf.Entry{{Key: "tls.server.mode", Type: "String", Default: "permissive", State: jconf.Refused,
		Help: "it is not read from this file, by Java neither; use --set tls.server.mode"}}
	for _, k := range []struct{ key, typ string }{
		{"tls.enable", "boolean"}, {"tls.client.keyPath", "String"}, {"tls.client.keyPassword", "String"}, {"tls.client.certPath", "String"},
		{"tls.client.authServer", "boolean"}, {"tls.client.trustCertPath", "String"},
	} {
		known = append(known, jconf.Entry{Key: k.key, Type: k.typ, State: jconf.NoEffect})
	}
	return known
}

// resolve returns the settings with those of the file in their place. Java: TlsHelper.extractTlsConfigFromFile, which
// takes what it cannot read for the default.
func (k Keys) resolve(read func(string) ([]byte, error)) (Files, error) {
	text, err := read(k.ConfigFile)
	if errors.Is(err, fs.ErrNotExist) && k.ConfigFile == defaultFile {
		return k.Files, nil
	}
	if err != nil {
		return Files{}, fmt.Errorf("tls.config.file: %w", err)
	}
	props, err := jprops.Load(text)
	if err != nil {
		return Files{}, fmt.Errorf("tls.config.file %s: %w", k.ConfigFile, err)
	}
	var settings []jconf.Setting
	for _, e := range props.Entries {
		settings = append(settings, jconf.Setting{Key: e.Key, Value: e.Value, Source: k.ConfigFile, Line: e.Line})
	}
	var given Files
	var all []error
	for _, p := range jconf.Bind(&given, settings, otherKeys()...) {
		all = append(all, p)
	}
	f := k.Files
	for _, s := range settings {
		f.take(s.Key, &given)
	}
	return f, errors.Join(all...)
}

func (f *Files) take(key string, from *Files) {
	switch key {
	case "tls.test.mode.enable":
		f.TestMode = from.TestMode
	case "tls.server.need.client.auth":
		f.ClientAuth = from.ClientAuth
	case "tls.server.keyPath":
		f.KeyPath = from.KeyPath
	case "tls.server.keyPassword":
		f.Password = from.Password
	case "tls.server.certPath":
		f.CertPath = from.CertPath
	case "tls.server.authClient":
		f.AuthClient = from.AuthClient
	case "tls.server.trustCertPath":
		f.TrustPath = from.TrustPath
	}
}

// check finds what cannot be served, so that no typing error turns authentication off.
func (f *Files) check() error {
	switch {
	case !strings.Contains("|none|optional|require|", "|"+strings.ToLower(f.ClientAuth)+"|"):
		return fmt.Errorf("tls.server.need.client.auth = %.50q: want none, optional or require", f.ClientAuth)
	case (f.CertPath == "") != (f.KeyPath == ""):
		return errors.New("tls.server.certPath and tls.server.keyPath are needed both, or none of them")
	case f.CertPath == "" && !f.TestMode:
		return errors.New("tls.test.mode.enable = false needs tls.server.certPath and tls.server.keyPath; or set tls.server.mode to disabled")
	}
	return nil
}
