package config

import (
	"os"
	"strings"

	"github.com/spf13/viper"

	"github.com/gannetmq/gannet/compat/jconf"
)

// Load returns the setting of each key that is set somewhere: the one that counts, with its source.
// Settings with keys that no table has come too, for jconf.Bind to find fault with. They come in the
// order of the layers, within a file in the order of its lines.
//
// Errors: the file cannot be read, an escape in it is wrong, a --set is no key=value.
func Load(s Sources) ([]jconf.Setting, error) {
	settings, _, err := load(s)
	return settings, err
}

// load is Load; overridden are settings of the file that a later line of it replaces.
func load(s Sources) (settings, overridden []jconf.Setting, err error) {
	file, overridden, err := readFile(s.File)
	if err != nil {
		return nil, nil, err
	}
	set, err := s.set()
	if err != nil {
		return nil, nil, err
	}
	l := newLayers(s.Role)
	l.defaults(javaDefaults(s.Role))
	l.defaults(s.Defaults)
	l.file(file)
	l.environment(os.Environ())
	l.flags(append(set, s.Flags...))
	return l.effective(), overridden, nil
}

// javaDefaults are the variables that Java reads where a key is not set.
func javaDefaults(r Role) []jconf.Setting {
	const name = "NAMESRV_ADDR"
	value, ok := os.LookupEnv(name)
	if r != Broker || !ok {
		return nil
	}
	return []jconf.Setting{{Key: "namesrvAddr", Value: value, Source: variable + name}}
}

// layers puts settings above each other. viper decides which value of a key counts; it does not tell
// where the value is from, so found follows it.
type layers struct {
	role  Role
	keys  []jconf.Entry
	known map[string]bool
	viper *viper.Viper
	all   []jconf.Setting // from the lowest layer to the highest
	found map[string]int  // place in all of what counts, by key
}

func newLayers(r Role) *layers {
	l := &layers{
		role: r, keys: r.table(), known: make(map[string]bool), found: make(map[string]int),
		// A key with dots is no path, and an empty variable is a value.
		viper: viper.NewWithOptions(viper.KeyDelimiter("\x00")),
	}
	l.viper.AllowEmptyEnv(true)
	for _, e := range l.keys {
		l.known[e.Key] = true
	}
	return l
}

// put notes a setting, and reports whether viper is to know it.
func (l *layers) put(s jconf.Setting) bool {
	l.all = append(l.all, s)
	if !l.known[s.Key] {
		return false
	}
	l.found[s.Key] = len(l.all) - 1
	return true
}

func (l *layers) defaults(settings []jconf.Setting) {
	for _, s := range settings {
		if l.put(s) {
			l.viper.SetDefault(s.Key, s.Value)
		}
	}
}

func (l *layers) file(settings []jconf.Setting) {
	values := make(map[string]any, len(settings))
	for _, s := range settings {
		if l.put(s) {
			values[s.Key] = s.Value
		}
	}
	// The only error is a value that a map is merged into, and all are strings.
	_ = l.viper.MergeConfigMap(values)
}

func (l *layers) environment(environ []string) {
	for _, e := range l.keys {
		name := l.role.variable(e.Key)
		if value, ok := os.LookupEnv(name); ok {
			l.put(jconf.Setting{Key: e.Key, Value: value, Source: variable + name})
			_ = l.viper.BindEnv(e.Key, name) // fails without arguments only
		}
	}
	l.all = append(l.all, l.role.strays(environ, l.keys)...)
}

func (l *layers) flags(settings []jconf.Setting) {
	for _, s := range settings {
		if l.put(s) {
			_ = l.viper.BindFlagValue(s.Key, flagValue(s)) // fails for nil only
		}
	}
}

// effective lists what counts, and what no table has.
func (l *layers) effective() []jconf.Setting {
	var settings []jconf.Setting
	for i, s := range l.all {
		if l.known[s.Key] {
			if l.found[s.Key] != i {
				continue
			}
			s.Value = l.viper.GetString(s.Key)
		}
		settings = append(settings, s)
	}
	return settings
}

// flagValue is a setting as a flag that viper reads.
type flagValue jconf.Setting

func (f flagValue) HasChanged() bool    { return true }
func (f flagValue) Name() string        { return strings.TrimLeft(f.Source, "-") }
func (f flagValue) ValueString() string { return f.Value }
func (f flagValue) ValueType() string   { return "string" }
