package bench

import (
	"context"
	"fmt"
)

// delivery is a look at whether a topic gets as many messages as were accepted for it: a commit and a delay say
// nothing when they come to nothing.
type delivery struct {
	o      *Options
	before int64 // messages in the topic before the load
}

func newDelivery(o *Options) (*delivery, error) {
	d := &delivery{o: o}
	if o.Delivery == 0 {
		return d, nil
	}
	var err error
	d.before, err = d.stored()
	return d, err
}

// stored counts what the queues of the topic hold.
func (d *delivery) stored() (int64, error) {
	conn, err := dial(d.o.Broker)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	sum := int64(0)
	for q := range d.o.Queues {
		end, err := maxOffset(conn, d.o.Topic, q)
		if err != nil {
			return 0, err
		}
		sum += end
	}
	return sum - d.before, nil
}

// check waits for all that was accepted and makes of what is missing, or comes twice, failures of the run. A request
// that was refused or had no answer may have been stored all the same.
func (d *delivery) check(ctx context.Context, r *Report, c count) error {
	if d.o.Delivery == 0 {
		return nil
	}
	accepted, asked := c.accepted*int64(d.o.Batch), c.sent*int64(d.o.Batch)
	stored, err := await(ctx, accepted, d.o.Delivery, d.stored)
	if err != nil {
		return err
	}
	if wrong := max(accepted-stored, stored-asked); wrong > 0 {
		r.fail(wrong, fmt.Sprintf("%d messages were accepted, %d are in the topic", accepted, stored))
	}
	return nil
}
