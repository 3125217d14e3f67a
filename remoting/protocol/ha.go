package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// HAInfo is the header of 906 and its answer. Java: ExchangeHAInfoRequestHeader,
// ExchangeHAInfoResponseHeader.
type HAInfo struct {
	MasterHaAddress   string
	MasterFlushOffset wire.Opt[int64] // bytes of the CommitLog
	MasterAddress     string
}

// Fields implements wire.Header.
func (h *HAInfo) Fields(f *wire.Fields) {
	f.String("masterHaAddress", &h.MasterHaAddress, wire.Optional)
	f.OptInt64("masterFlushOffset", &h.MasterFlushOffset)
	f.String("masterAddress", &h.MasterAddress, wire.Optional)
}

// ResetFlushOffsetRequest is the header of 908. Java: ResetMasterFlushOffsetHeader.
type ResetFlushOffsetRequest struct {
	MasterFlushOffset int64 // bytes of the CommitLog
}

// Fields implements wire.Header.
func (h *ResetFlushOffsetRequest) Fields(f *wire.Fields) {
	f.Int64("masterFlushOffset", &h.MasterFlushOffset, wire.Required)
}

// MinBrokerIDRequest is the header of 905, name server to broker. Java:
// NotifyMinBrokerIdChangeRequestHeader.
type MinBrokerIDRequest struct {
	MinBrokerID       wire.Opt[int64]
	BrokerName        string
	MinBrokerAddr     string
	OfflineBrokerAddr string
	HABrokerAddr      string
}

// Fields implements wire.Header.
func (h *MinBrokerIDRequest) Fields(f *wire.Fields) {
	f.OptInt64("minBrokerId", &h.MinBrokerID)
	f.String("brokerName", &h.BrokerName, wire.Optional)
	f.String("minBrokerAddr", &h.MinBrokerAddr, wire.Optional)
	f.String("offlineBrokerAddr", &h.OfflineBrokerAddr, wire.Optional)
	f.String("haBrokerAddr", &h.HABrokerAddr, wire.Optional)
}

// RoleChangedRequest is the header of 1008, controller to broker. Java:
// NotifyBrokerRoleChangedRequestHeader.
type RoleChangedRequest struct {
	MasterAddress     string
	MasterEpoch       wire.Opt[int32]
	SyncStateSetEpoch wire.Opt[int32]
	MasterBrokerID    wire.Opt[int64]
}

// Fields implements wire.Header.
func (h *RoleChangedRequest) Fields(f *wire.Fields) {
	f.String("masterAddress", &h.MasterAddress, wire.Optional)
	f.OptInt32("masterEpoch", &h.MasterEpoch)
	f.OptInt32("syncStateSetEpoch", &h.SyncStateSetEpoch)
	f.OptInt64("masterBrokerId", &h.MasterBrokerID)
}

// AddBrokerRequest is the header of 902, of broker containers. Java: AddBrokerRequestHeader.
type AddBrokerRequest struct {
	ConfigPath string
}

// Fields implements wire.Header.
func (h *AddBrokerRequest) Fields(f *wire.Fields) {
	f.String("configPath", &h.ConfigPath, wire.Optional)
}

// RemoveBrokerRequest is the header of 903, of broker containers. Java: RemoveBrokerRequestHeader.
type RemoveBrokerRequest struct {
	BrokerName        string
	BrokerClusterName string
	BrokerID          int64
}

// Fields implements wire.Header.
func (h *RemoveBrokerRequest) Fields(f *wire.Fields) {
	f.String("brokerName", &h.BrokerName, wire.Required)
	f.String("brokerClusterName", &h.BrokerClusterName, wire.Required)
	f.Int64("brokerId", &h.BrokerID, wire.Required)
}
