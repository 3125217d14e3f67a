package repair

import (
	"path"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/verify"
)

// planContents brings queues and index to what the log says.
func (p *Plan) planContents() error {
	if p.unread() {
		if len(p.Steps) == 0 {
			p.left("%s", p.part(layout.LogDir, verify.Damaged)[0].Text)
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
	wrong := p.contradicted(layout.QueueDir) || p.contradicted(layout.IndexDir)
	switch {
	case p.startHelps(beyond):
		p.step(nil, "the store is started and stopped: its recovery brings the rest to what the log has")
	case wrong && (beyond > 0 || p.rebuilt):
		p.left("findings in queues and index that follow from what the log has lost, or cannot be told from that; see gannet store verify")
	case wrong:
		p.rebuild("it contradicts the log")
	}
	return nil
}

// startHelps reports whether there is something that the next start brings in order. beyond is how much
// damage of the log stays.
func (p *Plan) startHelps(beyond int) bool {
	if p.started && len(p.part("abort", verify.Recoverable)) == 0 {
		return false
	}
	recovers := 0
	for _, name := range []string{layout.LogDir, layout.QueueDir, layout.IndexDir, "abort"} {
		recovers += len(p.part(name, verify.Recoverable)) - len(p.part(name, verify.Damaged))
	}
	return recovers > 0 || len(p.part("checkpoint", verify.Recoverable)) > 0 || len(p.part(layout.LogDir, verify.Damaged)) > beyond
}

// contradicted reports whether queues or index are to be made anew.
func (p *Plan) contradicted(dir string) bool {
	least := verify.Damaged
	if p.started {
		least = verify.Recoverable
	}
	return p.opt.Rebuild || len(p.part(dir, least)) > 0 || dir == layout.IndexDir && p.oddIndex
}

// unread reports whether the log could not be opened.
func (p *Plan) unread() bool {
	for _, part := range p.Report.Parts {
		if part.Name == layout.LogDir && part.Checked == "not checked" {
			return true
		}
	}
	return false
}

// rebuild moves away what is to be made anew.
func (p *Plan) rebuild(why string) {
	p.rebuilt = true
	if p.contradicted(layout.QueueDir) {
		// Where the log was closed in order it is believed as it is, and every queue begins with it.
		p.step(func() error {
			if err := p.aside(layout.TallyFile); err != nil {
				return err
			}
			if err := p.aside(layout.BatchQueueDir); err != nil {
				return err
			}
			return p.aside(layout.QueueDir)
		}, "%s: moved away to %s and made anew from the log: %s", layout.QueueDir, path.Join(p.dir, layout.QueueDir), why)
	}
	if p.contradicted(layout.IndexDir) && !p.opt.Store.NoIndex {
		p.step(func() error { return p.aside(layout.IndexDir) }, "%s: moved away to %s and made anew from the log: %s", layout.IndexDir, path.Join(p.dir, layout.IndexDir), why)
	}
	p.step(nil, "the store is started and stopped, and makes them anew")
}
