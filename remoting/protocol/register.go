package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// RegisterBrokerRequest is the header of 103. Java: RegisterBrokerRequestHeader.
type RegisterBrokerRequest struct {
	BrokerName             string
	BrokerAddr             string
	ClusterName            string
	HAServerAddr           string
	BrokerID               int64
	HeartbeatTimeoutMillis wire.Opt[int64]
	EnableActingMaster     wire.Opt[bool]
	Compressed             bool
	BodyCRC32              int32  // of the body as sent, 31 bits; 0: not to be checked
	ZoneName               string // not a member of the Java class
}

// Fields implements wire.Header.
func (h *RegisterBrokerRequest) Fields(f *wire.Fields) {
	f.String("brokerName", &h.BrokerName, wire.Required)
	f.String("brokerAddr", &h.BrokerAddr, wire.Required)
	f.String("clusterName", &h.ClusterName, wire.Required)
	f.String("haServerAddr", &h.HAServerAddr, wire.Required)
	f.Int64("brokerId", &h.BrokerID, wire.Required)
	f.OptInt64("heartbeatTimeoutMillis", &h.HeartbeatTimeoutMillis)
	f.OptBool("enableActingMaster", &h.EnableActingMaster)
	f.Bool("compressed", &h.Compressed, wire.Optional)
	f.Int32("bodyCrc32", &h.BodyCRC32, wire.Optional)
	f.String("__ZONE_NAME", &h.ZoneName, wire.Optional)
}

// RegisterBrokerResponse is the header of the answer to 103. Java: RegisterBrokerResponseHeader.
type RegisterBrokerResponse struct {
	HAServerAddr string
	MasterAddr   string
}

// Fields implements wire.Header.
func (h *RegisterBrokerResponse) Fields(f *wire.Fields) {
	f.String("haServerAddr", &h.HAServerAddr, wire.Optional)
	f.String("masterAddr", &h.MasterAddr, wire.Optional)
}

// BrokerRequest is the header of 104 and 322. Java: UnRegisterBrokerRequestHeader,
// QueryDataVersionRequestHeader.
type BrokerRequest struct {
	BrokerName  string
	BrokerAddr  string
	ClusterName string
	BrokerID    int64
}

// Fields implements wire.Header.
func (h *BrokerRequest) Fields(f *wire.Fields) {
	f.String("brokerName", &h.BrokerName, wire.Required)
	f.String("brokerAddr", &h.BrokerAddr, wire.Required)
	f.String("clusterName", &h.ClusterName, wire.Required)
	f.Int64("brokerId", &h.BrokerID, wire.Required)
}

// DataVersionResponse is the header of the answer to 322. Java: QueryDataVersionResponseHeader.
type DataVersionResponse struct {
	Changed bool
}

// Fields implements wire.Header.
func (h *DataVersionResponse) Fields(f *wire.Fields) {
	f.Bool("changed", &h.Changed, wire.Required)
}

// BrokerHeartbeatRequest is the header of 904. Java: BrokerHeartbeatRequestHeader.
type BrokerHeartbeatRequest struct {
	ClusterName           string
	BrokerAddr            string
	BrokerName            string
	BrokerID              wire.Opt[int64]
	Epoch                 wire.Opt[int32]
	MaxOffset             wire.Opt[int64] // bytes of the CommitLog
	ConfirmOffset         wire.Opt[int64]
	HeartbeatTimeoutMills wire.Opt[int64]
	ElectionPriority      wire.Opt[int32]
}

// Fields implements wire.Header.
func (h *BrokerHeartbeatRequest) Fields(f *wire.Fields) {
	f.String("clusterName", &h.ClusterName, wire.Required)
	f.String("brokerAddr", &h.BrokerAddr, wire.Required)
	f.String("brokerName", &h.BrokerName, wire.Required)
	f.OptInt64("brokerId", &h.BrokerID)
	f.OptInt32("epoch", &h.Epoch)
	f.OptInt64("maxOffset", &h.MaxOffset)
	f.OptInt64("confirmOffset", &h.ConfirmOffset)
	f.OptInt64("heartbeatTimeoutMills", &h.HeartbeatTimeoutMills)
	f.OptInt32("electionPriority", &h.ElectionPriority)
}

// BrokerNameRequest is the header of 205 and 327. Java: WipeWritePermOfBrokerRequestHeader,
// AddWritePermOfBrokerRequestHeader.
type BrokerNameRequest struct {
	BrokerName string
}

// Fields implements wire.Header.
func (h *BrokerNameRequest) Fields(f *wire.Fields) {
	f.String("brokerName", &h.BrokerName, wire.Required)
}

// WipeWritePermResponse is the header of the answer to 205. Java:
// WipeWritePermOfBrokerResponseHeader.
type WipeWritePermResponse struct {
	WipeTopicCount int32
}

// Fields implements wire.Header.
func (h *WipeWritePermResponse) Fields(f *wire.Fields) {
	f.Int32("wipeTopicCount", &h.WipeTopicCount, wire.Required)
}

// AddWritePermResponse is the header of the answer to 327. Java:
// AddWritePermOfBrokerResponseHeader.
type AddWritePermResponse struct {
	AddTopicCount int32
}

// Fields implements wire.Header.
func (h *AddWritePermResponse) Fields(f *wire.Fields) {
	f.Int32("addTopicCount", &h.AddTopicCount, wire.Required)
}

// MemberGroupRequest is the header of 901. Java: GetBrokerMemberGroupRequestHeader.
type MemberGroupRequest struct {
	ClusterName string
	BrokerName  string
}

// Fields implements wire.Header.
func (h *MemberGroupRequest) Fields(f *wire.Fields) {
	f.String("clusterName", &h.ClusterName, wire.Required)
	f.String("brokerName", &h.BrokerName, wire.Required)
}
