package send

import (
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
)

// errCreates says that an unknown topic may have to be created, which a loop must not do.
var errCreates = errors.New("send: topic has to be created")

func isWouldBlock(err error) bool {
	return errors.Is(err, errCreates) || errors.Is(err, store.ErrWouldBlock)
}

// Remarks of Java's SendMessageProcessor.handlePutMessageResult.
const (
	remarkIllegal     = "the message is illegal, maybe msg body or properties length not matched. msg body length limit %dB, msg properties length limit 32KB."
	remarkUnavailable = "service not available now. It may be caused by one of the following reasons: the broker's disk is full [%s], messages are put to the slave, message store has been shut down, etc."
	remarkBusy        = "[PC_SYNCHRONIZED]broker busy, start flow control for a while"
)

// refusal maps what went wrong to the answer. Java's text comes first, then the cause.
func (o *Options) refusal(err error) *remoting.Error {
	var e *remoting.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, record.ErrBodyTooLarge), errors.Is(err, record.ErrPropertiesTooLarge),
		errors.Is(err, record.ErrTopicTooLong), errors.Is(err, record.ErrEmptyBody),
		errors.Is(err, record.ErrRecordTooLarge), errors.Is(err, record.ErrBatch):
		return remoting.Errorf(protocol.MessageIllegal, remarkIllegal+" Cause: %v", record.MaxMessageSize, err)
	case errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrReadOnly), errors.Is(err, store.ErrDiskFull):
		return remoting.Errorf(protocol.ServiceNotAvailable, remarkUnavailable+" Cause: %v", o.diskUse(), err)
	case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrWouldBlock):
		return remoting.Errorf(protocol.SystemBusy, remarkBusy+". Cause: %v", err)
	}
	return remoting.Errorf(protocol.SystemError, "%v", err)
}

// diskUse is how Java prints the shares of its disks that are used.
func (o *Options) diskUse() string {
	used := 0.0
	if o.DiskUsed != nil {
		used = o.DiskUsed()
	}
	return fmt.Sprintf("CL: %5.2f CQ: %5.2f INDEX: %5.2f", used, used, used)
}
