package protocol

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/wire"
)

// requestHeaders and responseHeaders are the headers by code, for the codes that have one.
var requestHeaders = map[int32]wire.Header{
	SendMessage: new(SendRequest), SendReplyMessage: new(SendRequest),
	SendMessageV2: new(SendRequestV2), SendBatchMessage: new(SendRequestV2), SendReplyMessageV2: new(SendRequestV2),
	ConsumerSendMsgBack: new(SendBackRequest), PushReplyMessageToClient: new(ReplyRequest), RecallMessage: new(RecallRequest),
	PullMessage: new(PullRequest), LitePullMessage: new(PullRequest),
	QueryConsumerOffset: new(QueryOffsetRequest), UpdateConsumerOffset: new(UpdateOffsetRequest),
	GetMaxOffset: new(MaxOffsetRequest), GetMinOffset: new(QueueRequest), GetEarliestMsgStoreTime: new(QueueRequest),
	SearchOffsetByTimestamp: new(SearchOffsetRequest), InvokeBrokerToResetOffset: new(ResetOffsetRequest),
	ResetConsumerClientOffset: new(ResetOffsetRequest), CloneGroupOffset: new(CloneOffsetRequest),
	QueryCorrectionOffset: new(CorrectionOffsetRequest),
	HeartBeat:             new(BareRequest), LockBatchMQ: new(BareRequest), UnlockBatchMQ: new(BareRequest),
	UpdateAndCreateTopicList: new(BareRequest), UnregisterClient: new(UnregisterClientRequest),
	GetConsumerListByGroup: new(ConsumerGroupRequest), NotifyConsumerIDsChanged: new(ConsumerGroupRequest),
	GetConsumerConnectionList: new(ConsumerGroupRequest), GetProducerConnectionList: new(ProducerGroupRequest),
	GetConsumerRunningInfo: new(RunningInfoRequest), ConsumeMessageDirectly: new(ConsumeDirectlyRequest),
	InvokeBrokerToGetConsumerStatus: new(ConsumerStatusRequest), GetConsumerStatusFromClient: new(ConsumerStatusRequest),
	EndTransaction: new(EndTransactionRequest), CheckTransactionState: new(CheckTransactionRequest),
	ResumeCheckHalfMessage: new(ResumeHalfRequest), QueryMessage: new(QueryMessageRequest),
	ViewMessageByID: new(ViewMessageRequest), QueryConsumeQueue: new(ConsumeQueueRequest),
	GetTopicStatsInfo: new(TopicRequest), DeleteTopicInBroker: new(TopicRequest), RegisterTopicInNamesrv: new(TopicRequest),
	QueryTopicConsumeByWho: new(TopicRequest), GetTopicConfig: new(TopicRequest),
	UpdateAndCreateTopic: new(CreateTopicRequest), UpdateAndCreateStaticTopic: new(CreateTopicRequest),
	DeleteTopicInNamesrv: new(DeleteTopicInNamesrvRequest), GetTopicsByCluster: new(TopicsByClusterRequest),
	QueryTopicsByConsumer: new(GroupRequest), GetSubscriptionGroupConfig: new(GroupRequest),
	DeleteSubscriptionGroup: new(DeleteGroupRequest), QuerySubscriptionByConsumer: new(QuerySubscriptionRequest),
	QueryConsumeTimeSpan: new(ConsumeTimeSpanRequest), UpdateAndGetGroupForbidden: new(GroupForbiddenRequest),
	GetConsumeStats: new(ConsumeStatsRequest), ViewBrokerStatsData: new(StatsDataRequest),
	GetBrokerConsumeStats: new(BrokerConsumeStatsRequest), CheckRocksDBCQWriteProgress: new(RocksDBProgressRequest),
	ExportRocksDBConfigToJSON: new(RocksDBExportRequest), GetAllTopicConfig: new(AllTopicConfigRequest),
	GetAllSubscriptionGroupConfig: new(AllGroupConfigRequest),
	RegisterBroker:                new(RegisterBrokerRequest), UnregisterBroker: new(BrokerRequest), QueryDataVersion: new(BrokerRequest),
	BrokerHeartbeat: new(BrokerHeartbeatRequest), WipeWritePermOfBroker: new(BrokerNameRequest),
	AddWritePermOfBroker: new(BrokerNameRequest), GetBrokerMemberGroup: new(MemberGroupRequest),
	GetRouteInfoByTopic: new(RouteRequest), PutKVConfig: new(PutKVRequest), GetKVConfig: new(KVRequest),
	DeleteKVConfig: new(KVRequest), GetKVListByNamespace: new(KVNamespaceRequest),
	ExchangeBrokerHAInfo: new(HAInfo), ResetMasterFlushOffset: new(ResetFlushOffsetRequest),
	NotifyMinBrokerIDChange: new(MinBrokerIDRequest), NotifyBrokerRoleChanged: new(RoleChangedRequest),
	ControllerAlterSyncStateSet: new(AlterSyncStateRequest), ControllerElectMaster: new(ElectMasterRequest),
	ControllerRegisterBroker: new(ControllerRegisterRequest), ControllerGetReplicaInfo: new(ReplicaInfoRequest),
	CleanBrokerData: new(CleanBrokerDataRequest), ControllerGetNextBrokerID: new(BrokerInClusterHeader),
	ControllerApplyBrokerID: new(ApplyBrokerIDRequest),
	AuthCreateUser:          new(UserRequest), AuthUpdateUser: new(UserRequest), AuthDeleteUser: new(UserRequest), AuthGetUser: new(UserRequest),
	AuthListUser: new(ListUsersRequest), AuthCreateACL: new(ACLRequest), AuthUpdateACL: new(ACLRequest), AuthGetACL: new(ACLRequest),
	AuthDeleteACL: new(DeleteACLRequest), AuthListACL: new(ListACLsRequest),
	PopMessage: new(PopRequest), AckMessage: new(AckRequest), PeekMessage: new(PeekRequest),
	ChangeMessageInvisibleTime: new(InvisibleTimeRequest), Notification: new(NotificationRequest), PollingInfo: new(PollingInfoRequest),
}

var responseHeaders = map[int32]wire.Header{
	SendMessage: new(SendResponse), SendMessageV2: new(SendResponse), SendBatchMessage: new(SendResponse),
	PullMessage: new(PullResponse), LitePullMessage: new(PullResponse), RecallMessage: new(RecallResponse),
	QueryConsumerOffset: new(OffsetResponse), SearchOffsetByTimestamp: new(OffsetResponse),
	SendReplyMessage: new(SendResponse), SendReplyMessageV2: new(SendResponse), PeekMessage: new(PopResponse),
	GetMaxOffset: new(OffsetResponse), GetMinOffset: new(OffsetResponse), GetEarliestMsgStoreTime: new(EarliestStoreTimeResponse),
	HeartBeat: new(HeartbeatResponse), QueryMessage: new(QueryMessageResponse), GetBrokerConfig: new(BrokerConfigResponse),
	RegisterBroker: new(RegisterBrokerResponse), QueryDataVersion: new(DataVersionResponse),
	WipeWritePermOfBroker: new(WipeWritePermResponse), AddWritePermOfBroker: new(AddWritePermResponse),
	GetKVConfig: new(KVResponse), ExchangeBrokerHAInfo: new(HAInfo),
	ControllerAlterSyncStateSet: new(AlterSyncStateResponse), ControllerElectMaster: new(ElectMasterResponse),
	ControllerRegisterBroker: new(ControllerRegisterResponse), ControllerGetReplicaInfo: new(ReplicaInfoResponse),
	ControllerGetMetaDataInfo: new(ControllerMetaDataResponse), ControllerGetNextBrokerID: new(NextBrokerIDResponse),
	ControllerApplyBrokerID: new(BrokerInClusterHeader),
	PopMessage:              new(PopResponse), ChangeMessageInvisibleTime: new(InvisibleTimeResponse),
	Notification: new(NotificationResponse), PollingInfo: new(PollingInfoResponse),
}

// foreign are the fields that hooks of Java clients add to any request.
var foreign = map[string]bool{"AccessKey": true, "Signature": true, "ReqT": true}

// TestGoldenHeaders decodes the header of every recorded frame whose fields are those of a header, and encodes it again: the
// same fields must come out. Left out are requests made by hand that our decoding refuses, as they were made to be, and refusals
// without a whole header. Clients older than 5.3.3 lack some fields that have defaults.
func TestGoldenHeaders(t *testing.T) {
	requests, refused, responses, bare := 0, 0, 0, 0 // bare: refusals with none of a header's fields, or not all that it must have
	for _, f := range golden.Frames(t) {
		if h := requestHeader(&f); h != nil {
			if handMade(f.Caller) && !decodes(t, f.Request, h) {
				refused++
			} else {
				requests++
				checkHeader(t, f.ReqFile, f.Request, h, strings.HasSuffix(f.Caller, "-5.3.3") && !handMade(f.Caller))
			}
		}
		if h := responseHeader(&f); h != nil && f.Response != nil {
			if f.ResponseCode != "0" && (headless(t, f.Response) || !decodes(t, f.Response, h)) {
				bare++
			} else {
				responses++
				checkHeader(t, f.RespFile, f.Response, h, true)
			}
		}
	}
	t.Logf("%d requests, %d refused; %d answers, %d refusals without a whole header", requests, refused, responses, bare)
	if requests < 500 || refused > 40 || responses < 150 || bare > 100 {
		t.Error("too few compared")
	}
}

// handMade requests are incomplete on purpose.
func handMade(caller string) bool { return strings.HasPrefix(caller, "javaraw-") }

// whole is the code that a frame meant: binary headers have room for the lower half of POP's.
func whole(f *golden.Frame) int32 {
	if strings.HasSuffix(f.Name, "_TRUNCATED16") {
		return int32(f.Code) + PopMessage&^0xFFFF
	}
	return int32(f.Code)
}

func requestHeader(f *golden.Frame) wire.Header  { return requestHeaders[whole(f)] }
func responseHeader(f *golden.Frame) wire.Header { return responseHeaders[whole(f)] }

func decodes(t *testing.T, frame []byte, proto wire.Header) bool {
	t.Helper()
	var c wire.Command
	if err := wire.Decode(frame, &c); err != nil {
		t.Fatal(err)
	}
	return wire.DecodeHeader(&c, fresh(proto)) == nil
}

// headless reports whether an answer has no fields but those that refusals of sends have.
func headless(t *testing.T, frame []byte) bool {
	t.Helper()
	var c wire.Command
	if err := wire.Decode(frame, &c); err != nil {
		t.Fatal(err)
	}
	fields := extMap(&c)
	maps.DeleteFunc(fields, func(name, _ string) bool { return name == "MSG_REGION" || name == "TRACE_ON" })
	return len(fields) == 0
}

func checkHeader(t *testing.T, name string, frame []byte, proto wire.Header, exact bool) {
	t.Helper()
	var c, again wire.Command
	if err := wire.Decode(frame, &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	h := fresh(proto)
	if err := wire.DecodeHeader(&c, h); err != nil {
		t.Errorf("%s: %T: %v", name, h, err)
		return
	}
	var e wire.Encoder
	e.Begin(nil, wire.Head{Serialization: c.Serialization})
	e.Header(h)
	out, err := e.Finish(0)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := wire.Decode(out, &again); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	got, want := extMap(&again), extMap(&c)
	if !exact {
		maps.DeleteFunc(got, func(name, _ string) bool { _, sent := want[name]; return !sent })
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s: %T: fields %q, want %q", name, h, got, want)
	}
}

// fresh is a zero header of the type of h.
func fresh(h wire.Header) wire.Header {
	return reflect.New(reflect.TypeOf(h).Elem()).Interface().(wire.Header)
}

func extMap(c *wire.Command) map[string]string {
	m := make(map[string]string)
	for _, p := range c.Ext {
		if !foreign[string(p.Key)] && len(p.Value) > 0 {
			m[string(p.Key)] = string(p.Value)
		}
	}
	return m
}
