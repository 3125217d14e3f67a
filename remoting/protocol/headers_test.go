package protocol

import (
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/wire"
)

// headers says which Java classes each header stands for. Fields that Java's hooks add behind the
// class are extra.
var headers = []struct {
	header  wire.Header
	classes []string
	extra   []string
}{
	{new(SendRequest), []string{"SendMessageRequestHeader"}, nil},
	{new(SendResponse), []string{"SendMessageResponseHeader"}, []string{"MSG_REGION", "TRACE_ON"}},
	{new(SendBackRequest), []string{"ConsumerSendMsgBackRequestHeader"}, nil},
	{new(ReplyRequest), []string{"ReplyMessageRequestHeader"}, nil},
	{new(RecallRequest), []string{"RecallMessageRequestHeader"}, nil},
	{new(RecallResponse), []string{"RecallMessageResponseHeader"}, []string{"MSG_REGION"}},
	{new(PullRequest), []string{"PullMessageRequestHeader"}, nil},
	{new(PullResponse), []string{"PullMessageResponseHeader"}, nil},
	{new(QueryOffsetRequest), []string{"QueryConsumerOffsetRequestHeader"}, nil},
	{new(UpdateOffsetRequest), []string{"UpdateConsumerOffsetRequestHeader"}, nil},
	{new(OffsetResponse), []string{"QueryConsumerOffsetResponseHeader", "SearchOffsetResponseHeader", "GetMaxOffsetResponseHeader", "GetMinOffsetResponseHeader"}, nil},
	{new(MaxOffsetRequest), []string{"GetMaxOffsetRequestHeader"}, nil},
	{new(QueueRequest), []string{"GetMinOffsetRequestHeader", "GetEarliestMsgStoretimeRequestHeader"}, nil},
	{new(EarliestStoreTimeResponse), []string{"GetEarliestMsgStoretimeResponseHeader"}, nil},
	{new(SearchOffsetRequest), []string{"SearchOffsetRequestHeader"}, nil},
	{new(ResetOffsetRequest), []string{"ResetOffsetRequestHeader"}, nil},
	{new(CloneOffsetRequest), []string{"CloneGroupOffsetRequestHeader"}, nil},
	{new(CorrectionOffsetRequest), []string{"QueryCorrectionOffsetHeader"}, nil},
	{new(UnregisterClientRequest), []string{"UnregisterClientRequestHeader"}, nil},
	{new(ConsumerGroupRequest), []string{"GetConsumerListByGroupRequestHeader", "NotifyConsumerIdsChangedRequestHeader", "GetConsumerConnectionListRequestHeader"}, nil},
	{new(ProducerGroupRequest), []string{"GetProducerConnectionListRequestHeader"}, nil},
	{new(RunningInfoRequest), []string{"GetConsumerRunningInfoRequestHeader"}, nil},
	{new(ConsumeDirectlyRequest), []string{"ConsumeMessageDirectlyResultRequestHeader"}, nil},
	{new(ConsumerStatusRequest), []string{"GetConsumerStatusRequestHeader"}, nil},
	{new(EndTransactionRequest), []string{"EndTransactionRequestHeader"}, nil},
	{new(CheckTransactionRequest), []string{"CheckTransactionStateRequestHeader"}, nil},
	{new(ResumeHalfRequest), []string{"ResumeCheckHalfMessageRequestHeader"}, nil},
	{new(QueryMessageRequest), []string{"QueryMessageRequestHeader"}, []string{"_UNIQUE_KEY_QUERY"}},
	{new(QueryMessageResponse), []string{"QueryMessageResponseHeader"}, nil},
	{new(ViewMessageRequest), []string{"ViewMessageRequestHeader"}, nil},
	{new(ConsumeQueueRequest), []string{"QueryConsumeQueueRequestHeader"}, nil},
	{new(TopicRequest), []string{"GetTopicStatsInfoRequestHeader", "DeleteTopicRequestHeader", "RegisterTopicRequestHeader", "QueryTopicConsumeByWhoRequestHeader", "GetTopicConfigRequestHeader"}, nil},
	{new(CreateTopicRequest), []string{"CreateTopicRequestHeader"}, nil},
	{new(DeleteTopicInNamesrvRequest), []string{"DeleteTopicFromNamesrvRequestHeader"}, nil},
	{new(TopicsByClusterRequest), []string{"GetTopicsByClusterRequestHeader"}, nil},
	{new(GroupRequest), []string{"QueryTopicsByConsumerRequestHeader", "GetSubscriptionGroupConfigRequestHeader"}, nil},
	{new(DeleteGroupRequest), []string{"DeleteSubscriptionGroupRequestHeader"}, nil},
	{new(QuerySubscriptionRequest), []string{"QuerySubscriptionByConsumerRequestHeader"}, nil},
	{new(ConsumeTimeSpanRequest), []string{"QueryConsumeTimeSpanRequestHeader"}, nil},
	{new(GroupForbiddenRequest), []string{"UpdateGroupForbiddenRequestHeader"}, nil},
	{new(ConsumeStatsRequest), []string{"GetConsumeStatsRequestHeader"}, nil},
	{new(StatsDataRequest), []string{"ViewBrokerStatsDataRequestHeader"}, nil},
	{new(BrokerConsumeStatsRequest), []string{"GetConsumeStatsInBrokerHeader"}, nil},
	{new(RocksDBProgressRequest), []string{"CheckRocksdbCqWriteProgressRequestHeader"}, nil},
	{new(RocksDBExportRequest), []string{"ExportRocksDBConfigToJsonRequestHeader"}, nil},
	{new(BrokerConfigResponse), []string{"GetBrokerConfigResponseHeader"}, nil},
	{new(RegisterBrokerRequest), []string{"RegisterBrokerRequestHeader"}, []string{"__ZONE_NAME"}},
	{new(RegisterBrokerResponse), []string{"RegisterBrokerResponseHeader"}, nil},
	{new(BrokerRequest), []string{"UnRegisterBrokerRequestHeader", "QueryDataVersionRequestHeader"}, nil},
	{new(DataVersionResponse), []string{"QueryDataVersionResponseHeader"}, nil},
	{new(BrokerHeartbeatRequest), []string{"BrokerHeartbeatRequestHeader"}, nil},
	{new(BrokerNameRequest), []string{"WipeWritePermOfBrokerRequestHeader", "AddWritePermOfBrokerRequestHeader"}, nil},
	{new(WipeWritePermResponse), []string{"WipeWritePermOfBrokerResponseHeader"}, nil},
	{new(AddWritePermResponse), []string{"AddWritePermOfBrokerResponseHeader"}, nil},
	{new(MemberGroupRequest), []string{"GetBrokerMemberGroupRequestHeader"}, nil},
	{new(RouteRequest), []string{"GetRouteInfoRequestHeader"}, nil},
	{new(PutKVRequest), []string{"PutKVConfigRequestHeader"}, nil},
	{new(KVRequest), []string{"GetKVConfigRequestHeader", "DeleteKVConfigRequestHeader"}, nil},
	{new(KVResponse), []string{"GetKVConfigResponseHeader"}, nil},
	{new(KVNamespaceRequest), []string{"GetKVListByNamespaceRequestHeader"}, nil},
	{new(HAInfo), []string{"ExchangeHAInfoRequestHeader", "ExchangeHAInfoResponseHeader"}, nil},
	{new(ResetFlushOffsetRequest), []string{"ResetMasterFlushOffsetHeader"}, nil},
	{new(MinBrokerIDRequest), []string{"NotifyMinBrokerIdChangeRequestHeader"}, nil},
	{new(RoleChangedRequest), []string{"NotifyBrokerRoleChangedRequestHeader"}, nil},
	{new(AddBrokerRequest), []string{"AddBrokerRequestHeader"}, nil},
	{new(RemoveBrokerRequest), []string{"RemoveBrokerRequestHeader"}, nil},
	{new(AlterSyncStateRequest), []string{"AlterSyncStateSetRequestHeader"}, nil},
	{new(AlterSyncStateResponse), []string{"AlterSyncStateSetResponseHeader"}, nil},
	{new(ElectMasterRequest), []string{"ElectMasterRequestHeader"}, nil},
	{new(ElectMasterResponse), []string{"ElectMasterResponseHeader"}, nil},
	{new(ControllerRegisterRequest), []string{"RegisterBrokerToControllerRequestHeader"}, nil},
	{new(ControllerRegisterResponse), []string{"RegisterBrokerToControllerResponseHeader"}, nil},
	{new(ReplicaInfoRequest), []string{"GetReplicaInfoRequestHeader"}, nil},
	{new(ReplicaInfoResponse), []string{"GetReplicaInfoResponseHeader"}, nil},
	{new(ControllerMetaDataResponse), []string{"GetMetaDataResponseHeader"}, nil},
	{new(CleanBrokerDataRequest), []string{"CleanControllerBrokerDataRequestHeader"}, nil},
	{new(BrokerInClusterHeader), []string{"GetNextBrokerIdRequestHeader", "ApplyBrokerIdResponseHeader"}, nil},
	{new(NextBrokerIDResponse), []string{"GetNextBrokerIdResponseHeader"}, nil},
	{new(ApplyBrokerIDRequest), []string{"ApplyBrokerIdRequestHeader"}, nil},
	{new(UserRequest), []string{"CreateUserRequestHeader", "UpdateUserRequestHeader", "DeleteUserRequestHeader", "GetUserRequestHeader"}, nil},
	{new(ListUsersRequest), []string{"ListUsersRequestHeader"}, nil},
	{new(ACLRequest), []string{"CreateAclRequestHeader", "UpdateAclRequestHeader", "GetAclRequestHeader"}, nil},
	{new(DeleteACLRequest), []string{"DeleteAclRequestHeader"}, nil},
	{new(ListACLsRequest), []string{"ListAclsRequestHeader"}, nil},
	{new(PopRequest), []string{"PopMessageRequestHeader"}, nil},
	{new(PopResponse), []string{"PopMessageResponseHeader"}, nil},
	{new(AckRequest), []string{"AckMessageRequestHeader"}, nil},
	{new(PeekRequest), []string{"PeekMessageRequestHeader"}, nil},
	{new(InvisibleTimeRequest), []string{"ChangeInvisibleTimeRequestHeader"}, nil},
	{new(InvisibleTimeResponse), []string{"ChangeInvisibleTimeResponseHeader"}, nil},
	{new(NotificationRequest), []string{"NotificationRequestHeader"}, nil},
	{new(NotificationResponse), []string{"NotificationResponseHeader"}, nil},
	{new(PollingInfoRequest), []string{"PollingInfoRequestHeader"}, nil},
	{new(PollingInfoResponse), []string{"PollingInfoResponseHeader"}, nil},
	{new(SendRequestV2), []string{"SendMessageRequestHeaderV2"}, nil},
	{new(BareRequest), []string{"CreateTopicListRequestHeader", "HeartbeatRequestHeader", "LockBatchMqRequestHeader", "UnlockBatchMqRequestHeader"}, nil},
}

// unused are Java's header classes that have no type here.
var unused = map[string]string{
	"CheckTransactionStateResponseHeader":  "a client answers 39 by 37",
	"EndTransactionResponseHeader":         "no fields",
	"GetAllProducerInfoRequestHeader":      "no fields",
	"GetAllTopicConfigResponseHeader":      "no fields in 5.3.3, see AllTopicConfigResponse",
	"GetConsumerListByGroupResponseHeader": "no fields",
	"UnregisterClientResponseHeader":       "no fields",
	"UpdateConsumerOffsetResponseHeader":   "no fields",
	"ViewMessageResponseHeader":            "no fields",
	"InitConsumerOffsetRequestHeader":      "no code uses it",
	"StatisticsMessagesRequestHeader":      "no code uses it",
	"RegisterOrderTopicRequestHeader":      "no code uses it",
}

type javaHeader struct {
	Class, Package string
	Fields         []javaField
}

type javaField struct {
	Name, Type string
	Required   bool
	Default    any
}

// TestHeaders compares the fields of each header, their types, presence and order, with Java's
// class, and finds classes without a header.
func TestHeaders(t *testing.T) {
	var facts struct{ Headers []javaHeader }
	golden.Facts(t, "headers", &facts)
	classes := make(map[string]javaHeader)
	for _, h := range facts.Headers {
		if strings.HasPrefix(h.Package, "remoting.protocol.") {
			classes[h.Class] = h
		}
	}
	for _, h := range headers {
		for _, class := range h.classes {
			java, ok := classes[class]
			if !ok {
				t.Errorf("%s: no such class, or named twice", class)
			}
			delete(classes, class)
			checkFields(t, class, wire.ListFields(h.header), java.Fields, h.extra)
		}
	}
	for class := range classes {
		if unused[class] == "" {
			t.Errorf("%s: no header stands for it", class)
		}
	}
	for class := range unused {
		if _, ok := classes[class]; !ok {
			t.Errorf("%s: no such class, or in use", class)
		}
	}
}

func checkFields(t *testing.T, class string, got []wire.FieldInfo, want []javaField, extra []string) {
	t.Helper()
	got = slices.DeleteFunc(got, func(f wire.FieldInfo) bool { return slices.Contains(extra, f.Name) })
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("%s: field %s is missing", class, want[i].Name)
		case i >= len(want):
			t.Errorf("%s: field %s is not Java's", class, got[i].Name)
		case got[i] != want[i].info():
			t.Errorf("%s: field %d is %+v, want %+v", class, i, got[i], want[i].info())
		}
	}
}

// info is the field as a header should list it. A field that may be null must be an Opt.
func (f javaField) info() wire.FieldInfo {
	types := map[string]wire.FieldType{
		"String": wire.StringField, "BoundaryType": wire.StringField,
		"Integer": wire.Int32Field, "int": wire.Int32Field,
		"Long": wire.Int64Field, "long": wire.Int64Field,
		"Boolean": wire.BoolField, "boolean": wire.BoolField,
	}
	boxed := f.Type == "Integer" || f.Type == "Long" || f.Type == "Boolean"
	return wire.FieldInfo{
		Name: f.Name, Type: types[f.Type], Presence: wire.Presence(f.Required),
		Nullable: boxed && !f.Required && f.Default == nil,
	}
}
