package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// EndTransactionRequest is the header of 37. Java: EndTransactionRequestHeader.
type EndTransactionRequest struct {
	Topic                string
	ProducerGroup        string
	TranStateTableOffset int64 // in the half queue
	CommitLogOffset      int64 // of the half message
	CommitOrRollback     int32
	FromTransactionCheck bool
	MsgID                string
	TransactionID        string
	RPC
}

// Fields implements wire.Header.
func (h *EndTransactionRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Optional)
	f.String("producerGroup", &h.ProducerGroup, wire.Required)
	f.Int64("tranStateTableOffset", &h.TranStateTableOffset, wire.Required)
	f.Int64("commitLogOffset", &h.CommitLogOffset, wire.Required)
	f.Int32("commitOrRollback", &h.CommitOrRollback, wire.Required)
	f.Bool("fromTransactionCheck", &h.FromTransactionCheck, wire.Optional)
	f.String("msgId", &h.MsgID, wire.Required)
	f.String("transactionId", &h.TransactionID, wire.Optional)
	h.RPC.visit(f)
}

// CheckTransactionRequest is the header of 39, broker to client. Java:
// CheckTransactionStateRequestHeader.
type CheckTransactionRequest struct {
	Topic                string
	TranStateTableOffset int64 // in the half queue
	CommitLogOffset      int64 // of the half message
	MsgID                string
	TransactionID        string
	OffsetMsgID          string
	RPC
}

// Fields implements wire.Header.
func (h *CheckTransactionRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Optional)
	f.Int64("tranStateTableOffset", &h.TranStateTableOffset, wire.Required)
	f.Int64("commitLogOffset", &h.CommitLogOffset, wire.Required)
	f.String("msgId", &h.MsgID, wire.Optional)
	f.String("transactionId", &h.TransactionID, wire.Optional)
	f.String("offsetMsgId", &h.OffsetMsgID, wire.Optional)
	h.RPC.visit(f)
}

// ResumeHalfRequest is the header of 323. Java: ResumeCheckHalfMessageRequestHeader.
type ResumeHalfRequest struct {
	Topic string
	MsgID string
}

// Fields implements wire.Header.
func (h *ResumeHalfRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Optional)
	f.String("msgId", &h.MsgID, wire.Optional)
}
