package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// AlterSyncStateRequest is the header of 1001. Java: AlterSyncStateSetRequestHeader.
type AlterSyncStateRequest struct {
	BrokerName     string
	MasterBrokerID wire.Opt[int64]
	MasterEpoch    wire.Opt[int32]
	InvokeTime     int64 // ms
}

// Fields implements wire.Header.
func (h *AlterSyncStateRequest) Fields(f *wire.Fields) {
	f.String("brokerName", &h.BrokerName, wire.Optional)
	f.OptInt64("masterBrokerId", &h.MasterBrokerID)
	f.OptInt32("masterEpoch", &h.MasterEpoch)
	f.Int64("invokeTime", &h.InvokeTime, wire.Optional)
}

// AlterSyncStateResponse is the header of the answer to 1001. Java:
// AlterSyncStateSetResponseHeader.
type AlterSyncStateResponse struct {
	NewSyncStateSetEpoch int32
}

// Fields implements wire.Header.
func (h *AlterSyncStateResponse) Fields(f *wire.Fields) {
	f.Int32("newSyncStateSetEpoch", &h.NewSyncStateSetEpoch, wire.Optional)
}

// ElectMasterRequest is the header of 1002. Java: ElectMasterRequestHeader.
type ElectMasterRequest struct {
	ClusterName    string
	BrokerName     string
	BrokerID       int64
	DesignateElect bool
	InvokeTime     int64 // ms
}

// Fields implements wire.Header.
func (h *ElectMasterRequest) Fields(f *wire.Fields) {
	f.String("clusterName", &h.ClusterName, wire.Required)
	f.String("brokerName", &h.BrokerName, wire.Required)
	f.Int64("brokerId", &h.BrokerID, wire.Required)
	f.Bool("designateElect", &h.DesignateElect, wire.Required)
	f.Int64("invokeTime", &h.InvokeTime, wire.Optional)
}

// Defaults implements wire.Defaulter.
func (h *ElectMasterRequest) Defaults() { *h = ElectMasterRequest{BrokerID: -1} }

// ElectMasterResponse is the header of the answer to 1002. Java: ElectMasterResponseHeader.
type ElectMasterResponse struct {
	MasterBrokerID    wire.Opt[int64]
	MasterAddress     string
	MasterEpoch       wire.Opt[int32]
	SyncStateSetEpoch wire.Opt[int32]
}

// Fields implements wire.Header.
func (h *ElectMasterResponse) Fields(f *wire.Fields) {
	f.OptInt64("masterBrokerId", &h.MasterBrokerID)
	f.String("masterAddress", &h.MasterAddress, wire.Optional)
	f.OptInt32("masterEpoch", &h.MasterEpoch)
	f.OptInt32("syncStateSetEpoch", &h.SyncStateSetEpoch)
}

// ControllerRegisterRequest is the header of 1003. Java: RegisterBrokerToControllerRequestHeader.
type ControllerRegisterRequest struct {
	ClusterName   string
	BrokerName    string
	BrokerID      wire.Opt[int64]
	BrokerAddress string
	InvokeTime    int64 // ms
}

// Fields implements wire.Header.
func (h *ControllerRegisterRequest) Fields(f *wire.Fields) {
	f.String("clusterName", &h.ClusterName, wire.Optional)
	f.String("brokerName", &h.BrokerName, wire.Optional)
	f.OptInt64("brokerId", &h.BrokerID)
	f.String("brokerAddress", &h.BrokerAddress, wire.Optional)
	f.Int64("invokeTime", &h.InvokeTime, wire.Optional)
}

// ControllerRegisterResponse is the header of the answer to 1003. Java:
// RegisterBrokerToControllerResponseHeader.
type ControllerRegisterResponse struct {
	ClusterName       string
	BrokerName        string
	MasterBrokerID    wire.Opt[int64]
	MasterAddress     string
	MasterEpoch       wire.Opt[int32]
	SyncStateSetEpoch wire.Opt[int32]
}

// Fields implements wire.Header.
func (h *ControllerRegisterResponse) Fields(f *wire.Fields) {
	f.String("clusterName", &h.ClusterName, wire.Optional)
	f.String("brokerName", &h.BrokerName, wire.Optional)
	f.OptInt64("masterBrokerId", &h.MasterBrokerID)
	f.String("masterAddress", &h.MasterAddress, wire.Optional)
	f.OptInt32("masterEpoch", &h.MasterEpoch)
	f.OptInt32("syncStateSetEpoch", &h.SyncStateSetEpoch)
}

// ReplicaInfoRequest is the header of 1004. Java: GetReplicaInfoRequestHeader.
type ReplicaInfoRequest struct {
	BrokerName string
}

// Fields implements wire.Header.
func (h *ReplicaInfoRequest) Fields(f *wire.Fields) {
	f.String("brokerName", &h.BrokerName, wire.Optional)
}

// ReplicaInfoResponse is the header of the answer to 1004. Java: GetReplicaInfoResponseHeader.
type ReplicaInfoResponse struct {
	MasterBrokerID wire.Opt[int64]
	MasterAddress  string
	MasterEpoch    wire.Opt[int32]
}

// Fields implements wire.Header.
func (h *ReplicaInfoResponse) Fields(f *wire.Fields) {
	f.OptInt64("masterBrokerId", &h.MasterBrokerID)
	f.String("masterAddress", &h.MasterAddress, wire.Optional)
	f.OptInt32("masterEpoch", &h.MasterEpoch)
}

// ControllerMetaDataResponse is the header of the answer to 1005. Java: GetMetaDataResponseHeader.
type ControllerMetaDataResponse struct {
	Group                   string
	ControllerLeaderID      string
	ControllerLeaderAddress string
	Leader                  bool
	Peers                   string // "id:host:port;" for each
}

// Fields implements wire.Header.
func (h *ControllerMetaDataResponse) Fields(f *wire.Fields) {
	f.String("group", &h.Group, wire.Optional)
	f.String("controllerLeaderId", &h.ControllerLeaderID, wire.Optional)
	f.String("controllerLeaderAddress", &h.ControllerLeaderAddress, wire.Optional)
	f.Bool("isLeader", &h.Leader, wire.Optional)
	f.String("peers", &h.Peers, wire.Optional)
}

// CleanBrokerDataRequest is the header of 1011. Java: CleanControllerBrokerDataRequestHeader.
type CleanBrokerDataRequest struct {
	ClusterName                string
	BrokerName                 string
	BrokerControllerIDsToClean string
	CleanLivingBroker          bool
	InvokeTime                 int64 // ms
}

// Fields implements wire.Header.
func (h *CleanBrokerDataRequest) Fields(f *wire.Fields) {
	f.String("clusterName", &h.ClusterName, wire.Optional)
	f.String("brokerName", &h.BrokerName, wire.Required)
	f.String("brokerControllerIdsToClean", &h.BrokerControllerIDsToClean, wire.Optional)
	f.Bool("isCleanLivingBroker", &h.CleanLivingBroker, wire.Optional)
	f.Int64("invokeTime", &h.InvokeTime, wire.Optional)
}

// BrokerInClusterHeader is the header of 1012 and the answer to 1013. Java:
// GetNextBrokerIdRequestHeader, ApplyBrokerIdResponseHeader.
type BrokerInClusterHeader struct {
	ClusterName string
	BrokerName  string
}

// Fields implements wire.Header.
func (h *BrokerInClusterHeader) Fields(f *wire.Fields) {
	f.String("clusterName", &h.ClusterName, wire.Optional)
	f.String("brokerName", &h.BrokerName, wire.Optional)
}

// NextBrokerIDResponse is the header of the answer to 1012. Java: GetNextBrokerIdResponseHeader.
type NextBrokerIDResponse struct {
	ClusterName  string
	BrokerName   string
	NextBrokerID wire.Opt[int64]
}

// Fields implements wire.Header.
func (h *NextBrokerIDResponse) Fields(f *wire.Fields) {
	f.String("clusterName", &h.ClusterName, wire.Optional)
	f.String("brokerName", &h.BrokerName, wire.Optional)
	f.OptInt64("nextBrokerId", &h.NextBrokerID)
}

// ApplyBrokerIDRequest is the header of 1013. Java: ApplyBrokerIdRequestHeader.
type ApplyBrokerIDRequest struct {
	ClusterName       string
	BrokerName        string
	AppliedBrokerID   wire.Opt[int64]
	RegisterCheckCode string
}

// Fields implements wire.Header.
func (h *ApplyBrokerIDRequest) Fields(f *wire.Fields) {
	f.String("clusterName", &h.ClusterName, wire.Optional)
	f.String("brokerName", &h.BrokerName, wire.Optional)
	f.OptInt64("appliedBrokerId", &h.AppliedBrokerID)
	f.String("registerCheckCode", &h.RegisterCheckCode, wire.Optional)
}
