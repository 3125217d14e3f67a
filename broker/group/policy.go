package group

// Policy is what of the Options can be changed while the broker runs.
type Policy struct {
	AutoCreate   bool // autoCreateSubscriptionGroup
	CreateSystem bool // enableCreateSysGroup
}

// SetPolicy replaces the policy. Groups that exist stay.
func (t *Table) SetPolicy(p Policy) { t.policy.Store(&p) }
