package repair

import (
	"errors"
	"path"
	"slices"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/verify"
)

// planTimers moves the timer's files away if they contradict the log. The checkpoint stays: from the queue the broker makes
// them anew, without what was delivered, as soon as the timer log is not what the checkpoint vouches for.
func (p *Plan) planTimers() {
	damaged := p.part("timer", verify.Damaged)
	switch {
	case p.unread():
	case len(damaged) == 0:
		if len(p.part("timer", verify.Recoverable)) > 0 {
			p.left("the timer's files are made anew by the next start of a broker, as far as they have to be")
		}
	case len(p.part(layout.LogDir, verify.Damaged)) > 0:
		p.left("findings in the timer's files that follow from what the log has lost, or cannot be told from that; see gannet store verify")
	case !slices.ContainsFunc(damaged, func(f verify.Finding) bool { return f.File != timer.CheckFile }):
		p.left("%s: it has taken up more than the queue of %s has. Without it all is found again, and some of what was delivered comes twice", timer.CheckFile, record.TopicTimer)
	default:
		p.step(func() error { return errors.Join(p.aside(timer.LogDir), p.aside(timer.WheelFile)) },
			"%s and %s: moved away to %s: they contradict the log", timer.LogDir, timer.WheelFile, path.Join(p.dir, timer.LogDir))
	}
}
