package store

import "github.com/gannetmq/gannet/store/retention"

// SetRetention replaces Options.Retention, from the next file that is looked at on. Zero values mean what
// they mean there.
func (s *Store) SetRetention(r retention.Rules) {
	o := s.opt
	o.Retention = r
	o.retentionDefaults()
	s.rules.Store(&o.Retention)
}

// retention are the rules that hold now.
func (s *Store) retention() *retention.Rules {
	if r := s.rules.Load(); r != nil {
		return r
	}
	return &s.opt.Retention
}
