package config

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/namesrv"
)

// Role is whose settings are meant.
type Role uint8

const (
	Broker Role = iota
	NameServer
)

// Sources are the places where settings are looked for, besides the environment of the process.
type Sources struct {
	Role Role
	// Alone: the process has this role only. Then --set of a name server needs no "namesrv.", and
	// one of a broker may not have it.
	Alone bool

	Defaults []jconf.Setting // of the command, below everything else
	File     string          // path, "" for none
	Set      []string        // values of --set
	Flags    []jconf.Setting // of flags that stand for a key, above everything else
}

// errSet is a --set that says nothing.
var errSet = errors.New("want --set key=value")

const (
	environmentPrefix = "GANNET_"
	namesrvEnvPrefix  = environmentPrefix + "NAMESRV_"
	namesrvSetPrefix  = "namesrv."
	variable          = "variable " // begins the Source of what the environment says
	flagSet           = "--set"
)

// table lists the keys that the role knows, those that do something first.
func (r Role) table() []jconf.Entry {
	if r == NameServer {
		return append(r.fields(), namesrv.Known()...)
	}
	return append(r.fields(), broker.Known()...)
}

// fields lists the keys that do something.
func (r Role) fields() []jconf.Entry {
	if r == NameServer {
		return jconf.Table(namesrv.Config{})
	}
	return jconf.Table(broker.Config{})
}

func (r Role) envPrefix() string {
	if r == NameServer {
		return namesrvEnvPrefix
	}
	return environmentPrefix
}

// variable is the environment variable for a key. Dots are no part of such names.
func (r Role) variable(key string) string {
	return r.envPrefix() + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// readFile returns the settings of a properties file in the order of its lines, and those that a
// later line with the same key overrides.
func readFile(path string) (settings, overridden []jconf.Setting, err error) {
	if path == "" {
		return nil, nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	file, err := jprops.Load(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	convert := func(entries []jprops.Entry) (out []jconf.Setting) {
		for _, e := range entries {
			out = append(out, jconf.Setting{Key: e.Key, Value: e.Value, Source: path, Line: e.Line})
		}
		return out
	}
	return convert(file.Entries), convert(file.Overridden), nil
}

// set returns the settings of --set that are the role's.
func (s *Sources) set() ([]jconf.Setting, error) {
	var settings []jconf.Setting
	var problems []error
	for _, text := range s.Set {
		key, value, ok := strings.Cut(text, "=")
		if key = strings.TrimSpace(key); !ok || key == "" {
			problems = append(problems, fmt.Errorf("--set %q: %w", text, errSet))
			continue
		}
		bare, prefixed := strings.CutPrefix(key, namesrvSetPrefix)
		source := flagSet
		if s.Role == NameServer && prefixed {
			key, source = bare, flagSet+" "+key // what is wrong is told in the words that were used
		}
		if s.Alone || prefixed == (s.Role == NameServer) {
			settings = append(settings, jconf.Setting{Key: key, Value: value, Source: source})
		}
	}
	return settings, errors.Join(problems...)
}

// serviceLink is the end of what Kubernetes adds for each Service of the namespace to the environment
// of each container: for one whose name begins with gannet it looks like a key of ours.
var serviceLink = regexp.MustCompile(`(^|_)(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

// isServiceLink takes …_PORT for a link only if the value is a URL: people write LISTEN_PORT.
func isServiceLink(key, value string) bool {
	port := (key == "PORT" || strings.HasSuffix(key, "_PORT")) && strings.Contains(value, "://")
	return port || serviceLink.MatchString(key)
}

// strays are the variables with the role's prefix that no key of keys belongs to, sorted. What is
// left of their names stands for the key.
func (r Role) strays(environ []string, keys []jconf.Entry) []jconf.Setting {
	known := make(map[string]bool, len(keys))
	for _, e := range keys {
		known[r.variable(e.Key)] = true
	}
	var settings []jconf.Setting
	for _, assignment := range environ {
		name, value, _ := strings.Cut(assignment, "=")
		key, ours := strings.CutPrefix(name, r.envPrefix())
		if !ours || known[name] || isServiceLink(key, value) {
			continue
		}
		if r == Broker && strings.HasPrefix(name, namesrvEnvPrefix) {
			continue
		}
		settings = append(settings, jconf.Setting{Key: key, Value: value, Source: variable + name})
	}
	slices.SortFunc(settings, func(a, b jconf.Setting) int { return strings.Compare(a.Key, b.Key) })
	return settings
}
