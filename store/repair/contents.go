package repair

import (
	"path"

	"github.com/gannetmq/gannet/store/verify"
)

// planContents brings queues and index to what the log says.
func (p *Plan) planContents() error {
	if p.unread() {
		if len(p.Steps) == 0 {
			p.left("%s", p.part(logDir, verify.Damaged)[0].Text)
		}
		return nil // the rest is seen when the log can be opened
	}
	beyond, err := p.planBlanks()
	if err != nil {
		return err
	}
	if p.opt.Rebuild {
		p.rebuild("as asked for")
		return nil
	}
	recovers := 0
	for _, name := range []string{logDir, queueDir, indexDir, "checkpoint", "abort"} {
		recovers += len(p.part(name, verify.Recoverable)) - len(p.part(name, verify.Damaged))
	}
	logDamage := len(p.part(logDir, verify.Damaged)) - beyond
	derived := len(p.part(queueDir, verify.Damaged)) + len(p.part(indexDir, verify.Damaged))
	switch {
	case recovers > 0 || logDamage > 0 || len(p.part("checkpoint", verify.Damaged)) > 0:
		p.step(nil, "the store is started and stopped: its recovery brings the rest to what the log has")
	case derived > 0 && beyond > 0:
		p.left("%d findings in queues and index: they follow from what the log has lost, or cannot be told from that", derived)
	case derived > 0:
		p.rebuild("it contradicts the log")
	}
	return nil
}

// unread reports whether the log could not be opened.
func (p *Plan) unread() bool {
	for _, part := range p.Report.Parts {
		if part.Name == logDir && part.Checked == "not checked" {
			return true
		}
	}
	return false
}

// rebuild moves away what is to be made anew.
func (p *Plan) rebuild(why string) {
	contradicted := func(dir string) bool { return p.opt.Rebuild || len(p.part(dir, verify.Damaged)) > 0 }
	if contradicted(queueDir) {
		// Where the log was closed in order it is believed as it is, and every queue begins with it.
		p.step(func() error {
			if err := p.aside(tallyFile); err != nil {
				return err
			}
			return p.aside(queueDir)
		}, "%s: moved away to %s and made anew from the log: %s", queueDir, path.Join(p.dir, queueDir), why)
	}
	if contradicted(indexDir) && !p.opt.Store.NoIndex {
		p.step(func() error { return p.aside(indexDir) }, "%s: moved away to %s and made anew from the log: %s", indexDir, path.Join(p.dir, indexDir), why)
	}
	p.step(nil, "the store is started and stopped, and makes them anew")
}
