package config

import (
	"errors"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/namesrv"
)

// Findings is what there is to say about settings.
type Findings struct {
	Problems []jconf.Problem
	Notes    []string // of what is accepted but does nothing, or counts less than it seems

	role Role
}

// LoadBroker finds the settings of a broker and binds them. What has a problem keeps its default, so
// the Config is to be used only if Findings.Err allows it. Errors are those of Load.
func LoadBroker(s Sources) (*broker.Config, *Findings, error) {
	s.Role = Broker
	settings, overridden, err := load(s)
	if err != nil {
		return nil, nil, err
	}
	c, problems := broker.Bind(settings)
	return c, find(s, settings, overridden, problems, c.Validate()), nil
}

// LoadNameServer finds the settings of a name server and binds them, as LoadBroker does.
func LoadNameServer(s Sources) (*namesrv.Config, *Findings, error) {
	s.Role = NameServer
	settings, overridden, err := load(s)
	if err != nil {
		return nil, nil, err
	}
	c, problems := namesrv.Bind(settings)
	return c, find(s, settings, overridden, problems, c.Validate()), nil
}

// find puts together what binding and validation say.
func find(s Sources, settings, overridden []jconf.Setting, bound []jconf.Problem, invalid error) *Findings {
	f := &Findings{Problems: bound, role: s.Role}
	for _, p := range problemsOf(invalid) {
		p.Setting = locate(p.Setting, settings)
		if !f.concerns(p.Setting) { // the default is in its place then
			f.Problems = append(f.Problems, p)
		}
	}
	for _, o := range overridden {
		f.Notes = append(f.Notes, overriddenNote(o, settings))
	}
	f.Notes = append(f.Notes, idleNotes(s.Role, settings)...)
	return f
}

// problemsOf takes apart what Validate joined.
func problemsOf(err error) []jconf.Problem {
	var list []jconf.Problem
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, problemsOf(e)...)
		}
		return list
	}
	var p jconf.Problem
	if errors.As(err, &p) {
		list = append(list, p)
	}
	return list
}

// concerns reports whether a setting has a problem already.
func (f *Findings) concerns(s jconf.Setting) bool {
	return slices.ContainsFunc(f.Problems, func(p jconf.Problem) bool { return p.Setting.Key == s.Key })
}

// locate finds where the value of a key is from.
func locate(s jconf.Setting, settings []jconf.Setting) jconf.Setting {
	i := slices.IndexFunc(settings, func(found jconf.Setting) bool { return found.Key == s.Key })
	if i < 0 {
		s.Source = byDefault
		return s
	}
	s.Source, s.Line = settings[i].Source, settings[i].Line
	return s
}

// byDefault is the source of what nobody set.
const byDefault = "default"

// idleNotes tells of keys that are set to something else than Java's default and do nothing.
func idleNotes(r Role, settings []jconf.Setting) []string {
	idle := make(map[string]jconf.Entry)
	for _, e := range r.table() {
		if e.State == jconf.NoEffect {
			idle[e.Key] = e
		}
	}
	var notes []string
	for _, s := range settings {
		if e, ok := idle[s.Key]; ok && !strings.EqualFold(strings.TrimSpace(s.Value), e.Default) {
			notes = append(notes, idleNote(s, e))
		}
	}
	return notes
}
