package send

import (
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
)

var (
	// errCreates says that an unknown topic may have to be created, which a loop must not do.
	errCreates = errors.New("send: topic has to be created")
	// errInnerBatch: clients would take the body apart, and find that it is not what it says.
	errInnerBatch = fmt.Errorf("%w: marked as an inner batch, which it is not", store.ErrIllegal)
	// errTranBatch: Java stores the messages at once, for all to see.
	errTranBatch = fmt.Errorf("%w: a batch asks for a transaction (TRAN_MSG)", store.ErrIllegal)
	// errUnseen: Java answers 0, and no consumer ever finds the message.
	errUnseen = fmt.Errorf("%w: the transaction bits of sysFlag are those of a half message, and TRAN_MSG is not true", store.ErrIllegal)
)

func isWouldBlock(err error) bool {
	return errors.Is(err, errCreates) || errors.Is(err, store.ErrWouldBlock)
}

// Remarks of Java's SendMessageProcessor.handlePutMessageResult.
const (
	remarkIllegal     = "the message is illegal, maybe msg body or properties length not matched. msg body length limit %dB, msg properties length limit 32KB."
	remarkUnavailable = "service not available now. It may be caused by one of the following reasons: the broker's disk is full [%s], messages are put to the slave, message store has been shut down, etc."
	remarkLight       = "[LMQ_CONSUME_QUEUE_NUM_EXCEEDED]broker config enableLmq and enableMultiDispatch, lmq consumeQueue num exceed maxLmqConsumeQueueNum config num, default limit 2w."
	remarkBusy        = "[PC_SYNCHRONIZED]broker busy, start flow control for a while"
)

// refusal maps what went wrong to the answer, nil if it is not foreseen. Java's text comes first, then
// the cause. What is not stored for good is 14, also if it was appended before the log failed.
func (o *Options) refusal(err error) *remoting.Error {
	var e *remoting.Error
	switch {
	case errors.As(err, &e):
		return e
	case store.IsIllegal(err):
		return remoting.Errorf(protocol.MessageIllegal, remarkIllegal+" Cause: %v", o.maxBody(), err)
	case store.IsUnavailable(err):
		return remoting.Errorf(protocol.ServiceNotAvailable, remarkUnavailable+" Cause: %v", o.diskUse(), err)
	case errors.Is(err, store.ErrManyLight):
		return remoting.Errorf(protocol.SystemError, remarkLight+" Cause: %v", err)
	case store.IsBusy(err):
		return remoting.Errorf(protocol.SystemBusy, remarkBusy+". Cause: %v", err)
	}
	return nil
}

func (o *Options) maxBody() int {
	if n := o.Encode.MaxMessageSize; n > 0 {
		return n
	}
	return record.MaxMessageSize
}

// diskUse is how Java prints the shares of its disks that are used.
func (o *Options) diskUse() string {
	var log, queues, index float64
	if o.DiskUsed != nil {
		log, queues, index = o.DiskUsed()
	}
	return fmt.Sprintf("CL: %5.2f CQ: %5.2f INDEX: %5.2f", log, queues, index)
}
