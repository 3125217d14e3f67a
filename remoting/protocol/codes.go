package protocol

// Request codes. Java: RequestCode of 5.3.3.
const (
	// Produce and consume.
	SendMessage              int32 = 10  // Java: SEND_MESSAGE
	PullMessage              int32 = 11  // Java: PULL_MESSAGE
	QueryMessage             int32 = 12  // Java: QUERY_MESSAGE
	QueryBrokerOffset        int32 = 13  // Java: QUERY_BROKER_OFFSET
	QueryConsumerOffset      int32 = 14  // Java: QUERY_CONSUMER_OFFSET
	UpdateConsumerOffset     int32 = 15  // Java: UPDATE_CONSUMER_OFFSET
	UpdateAndCreateTopic     int32 = 17  // Java: UPDATE_AND_CREATE_TOPIC
	UpdateAndCreateTopicList int32 = 18  // Java: UPDATE_AND_CREATE_TOPIC_LIST
	GetAllTopicConfig        int32 = 21  // Java: GET_ALL_TOPIC_CONFIG
	GetTopicConfigList       int32 = 22  // Java: GET_TOPIC_CONFIG_LIST
	GetTopicNameList         int32 = 23  // Java: GET_TOPIC_NAME_LIST
	UpdateBrokerConfig       int32 = 25  // Java: UPDATE_BROKER_CONFIG
	GetBrokerConfig          int32 = 26  // Java: GET_BROKER_CONFIG
	TriggerDeleteFiles       int32 = 27  // Java: TRIGGER_DELETE_FILES
	GetBrokerRuntimeInfo     int32 = 28  // Java: GET_BROKER_RUNTIME_INFO
	SearchOffsetByTimestamp  int32 = 29  // Java: SEARCH_OFFSET_BY_TIMESTAMP
	GetMaxOffset             int32 = 30  // Java: GET_MAX_OFFSET
	GetMinOffset             int32 = 31  // Java: GET_MIN_OFFSET
	GetEarliestMsgStoreTime  int32 = 32  // Java: GET_EARLIEST_MSG_STORETIME
	ViewMessageByID          int32 = 33  // Java: VIEW_MESSAGE_BY_ID
	HeartBeat                int32 = 34  // Java: HEART_BEAT
	UnregisterClient         int32 = 35  // Java: UNREGISTER_CLIENT
	ConsumerSendMsgBack      int32 = 36  // Java: CONSUMER_SEND_MSG_BACK
	EndTransaction           int32 = 37  // Java: END_TRANSACTION
	GetConsumerListByGroup   int32 = 38  // Java: GET_CONSUMER_LIST_BY_GROUP
	CheckTransactionState    int32 = 39  // Java: CHECK_TRANSACTION_STATE
	NotifyConsumerIDsChanged int32 = 40  // Java: NOTIFY_CONSUMER_IDS_CHANGED
	LockBatchMQ              int32 = 41  // Java: LOCK_BATCH_MQ
	UnlockBatchMQ            int32 = 42  // Java: UNLOCK_BATCH_MQ
	GetAllConsumerOffset     int32 = 43  // Java: GET_ALL_CONSUMER_OFFSET
	GetAllDelayOffset        int32 = 45  // Java: GET_ALL_DELAY_OFFSET
	CheckClientConfig        int32 = 46  // Java: CHECK_CLIENT_CONFIG
	GetClientConfig          int32 = 47  // Java: GET_CLIENT_CONFIG
	GetTimerCheckPoint       int32 = 60  // Java: GET_TIMER_CHECK_POINT
	GetTimerMetrics          int32 = 61  // Java: GET_TIMER_METRICS
	SendMessageV2            int32 = 310 // Java: SEND_MESSAGE_V2
	SendBatchMessage         int32 = 320 // Java: SEND_BATCH_MESSAGE
	SendReplyMessage         int32 = 324 // Java: SEND_REPLY_MESSAGE
	SendReplyMessageV2       int32 = 325 // Java: SEND_REPLY_MESSAGE_V2
	PushReplyMessageToClient int32 = 326 // Java: PUSH_REPLY_MESSAGE_TO_CLIENT
	LitePullMessage          int32 = 361 // Java: LITE_PULL_MESSAGE
	RecallMessage            int32 = 370 // Java: RECALL_MESSAGE

	// Name server.
	PutKVConfig          int32 = 100 // Java: PUT_KV_CONFIG
	GetKVConfig          int32 = 101 // Java: GET_KV_CONFIG
	DeleteKVConfig       int32 = 102 // Java: DELETE_KV_CONFIG
	RegisterBroker       int32 = 103 // Java: REGISTER_BROKER
	UnregisterBroker     int32 = 104 // Java: UNREGISTER_BROKER
	GetRouteInfoByTopic  int32 = 105 // Java: GET_ROUTEINFO_BY_TOPIC
	GetBrokerClusterInfo int32 = 106 // Java: GET_BROKER_CLUSTER_INFO

	// Operations.
	UpdateAndCreateSubscriptionGroup     int32 = 200 // Java: UPDATE_AND_CREATE_SUBSCRIPTIONGROUP
	GetAllSubscriptionGroupConfig        int32 = 201 // Java: GET_ALL_SUBSCRIPTIONGROUP_CONFIG
	GetTopicStatsInfo                    int32 = 202 // Java: GET_TOPIC_STATS_INFO
	GetConsumerConnectionList            int32 = 203 // Java: GET_CONSUMER_CONNECTION_LIST
	GetProducerConnectionList            int32 = 204 // Java: GET_PRODUCER_CONNECTION_LIST
	WipeWritePermOfBroker                int32 = 205 // Java: WIPE_WRITE_PERM_OF_BROKER
	GetAllTopicListFromNameServer        int32 = 206 // Java: GET_ALL_TOPIC_LIST_FROM_NAMESERVER
	DeleteSubscriptionGroup              int32 = 207 // Java: DELETE_SUBSCRIPTIONGROUP
	GetConsumeStats                      int32 = 208 // Java: GET_CONSUME_STATS
	SuspendConsumer                      int32 = 209 // Java: SUSPEND_CONSUMER
	ResumeConsumer                       int32 = 210 // Java: RESUME_CONSUMER
	ResetConsumerOffsetInConsumer        int32 = 211 // Java: RESET_CONSUMER_OFFSET_IN_CONSUMER
	ResetConsumerOffsetInBroker          int32 = 212 // Java: RESET_CONSUMER_OFFSET_IN_BROKER
	AdjustConsumerThreadPool             int32 = 213 // Java: ADJUST_CONSUMER_THREAD_POOL
	WhoConsumeTheMessage                 int32 = 214 // Java: WHO_CONSUME_THE_MESSAGE
	DeleteTopicInBroker                  int32 = 215 // Java: DELETE_TOPIC_IN_BROKER
	DeleteTopicInNamesrv                 int32 = 216 // Java: DELETE_TOPIC_IN_NAMESRV
	RegisterTopicInNamesrv               int32 = 217 // Java: REGISTER_TOPIC_IN_NAMESRV
	GetKVListByNamespace                 int32 = 219 // Java: GET_KVLIST_BY_NAMESPACE
	ResetConsumerClientOffset            int32 = 220 // Java: RESET_CONSUMER_CLIENT_OFFSET
	GetConsumerStatusFromClient          int32 = 221 // Java: GET_CONSUMER_STATUS_FROM_CLIENT
	InvokeBrokerToResetOffset            int32 = 222 // Java: INVOKE_BROKER_TO_RESET_OFFSET
	InvokeBrokerToGetConsumerStatus      int32 = 223 // Java: INVOKE_BROKER_TO_GET_CONSUMER_STATUS
	GetTopicsByCluster                   int32 = 224 // Java: GET_TOPICS_BY_CLUSTER
	UpdateAndCreateSubscriptionGroupList int32 = 225 // Java: UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST
	QueryTopicConsumeByWho               int32 = 300 // Java: QUERY_TOPIC_CONSUME_BY_WHO
	RegisterFilterServer                 int32 = 301 // Java: REGISTER_FILTER_SERVER
	RegisterMessageFilterClass           int32 = 302 // Java: REGISTER_MESSAGE_FILTER_CLASS
	QueryConsumeTimeSpan                 int32 = 303 // Java: QUERY_CONSUME_TIME_SPAN
	GetSystemTopicListFromNS             int32 = 304 // Java: GET_SYSTEM_TOPIC_LIST_FROM_NS
	GetSystemTopicListFromBroker         int32 = 305 // Java: GET_SYSTEM_TOPIC_LIST_FROM_BROKER
	CleanExpiredConsumeQueue             int32 = 306 // Java: CLEAN_EXPIRED_CONSUMEQUEUE
	GetConsumerRunningInfo               int32 = 307 // Java: GET_CONSUMER_RUNNING_INFO
	QueryCorrectionOffset                int32 = 308 // Java: QUERY_CORRECTION_OFFSET
	ConsumeMessageDirectly               int32 = 309 // Java: CONSUME_MESSAGE_DIRECTLY
	GetUnitTopicList                     int32 = 311 // Java: GET_UNIT_TOPIC_LIST
	GetHasUnitSubTopicList               int32 = 312 // Java: GET_HAS_UNIT_SUB_TOPIC_LIST
	GetHasUnitSubUnUnitTopicList         int32 = 313 // Java: GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST
	CloneGroupOffset                     int32 = 314 // Java: CLONE_GROUP_OFFSET
	ViewBrokerStatsData                  int32 = 315 // Java: VIEW_BROKER_STATS_DATA
	CleanUnusedTopic                     int32 = 316 // Java: CLEAN_UNUSED_TOPIC
	GetBrokerConsumeStats                int32 = 317 // Java: GET_BROKER_CONSUME_STATS
	UpdateNamesrvConfig                  int32 = 318 // Java: UPDATE_NAMESRV_CONFIG
	GetNamesrvConfig                     int32 = 319 // Java: GET_NAMESRV_CONFIG
	QueryConsumeQueue                    int32 = 321 // Java: QUERY_CONSUME_QUEUE
	QueryDataVersion                     int32 = 322 // Java: QUERY_DATA_VERSION
	ResumeCheckHalfMessage               int32 = 323 // Java: RESUME_CHECK_HALF_MESSAGE
	AddWritePermOfBroker                 int32 = 327 // Java: ADD_WRITE_PERM_OF_BROKER
	GetAllProducerInfo                   int32 = 328 // Java: GET_ALL_PRODUCER_INFO
	DeleteExpiredCommitLog               int32 = 329 // Java: DELETE_EXPIRED_COMMITLOG

	// Added by 5.x.
	QueryTopicsByConsumer       int32 = 343 // Java: QUERY_TOPICS_BY_CONSUMER
	QuerySubscriptionByConsumer int32 = 345 // Java: QUERY_SUBSCRIPTION_BY_CONSUMER
	GetTopicConfig              int32 = 351 // Java: GET_TOPIC_CONFIG
	GetSubscriptionGroupConfig  int32 = 352 // Java: GET_SUBSCRIPTIONGROUP_CONFIG
	UpdateAndGetGroupForbidden  int32 = 353 // Java: UPDATE_AND_GET_GROUP_FORBIDDEN
	CheckRocksDBCQWriteProgress int32 = 354 // Java: CHECK_ROCKSDB_CQ_WRITE_PROGRESS
	ExportRocksDBConfigToJSON   int32 = 355 // Java: EXPORT_ROCKSDB_CONFIG_TO_JSON
	QueryAssignment             int32 = 400 // Java: QUERY_ASSIGNMENT
	SetMessageRequestMode       int32 = 401 // Java: SET_MESSAGE_REQUEST_MODE
	GetAllMessageRequestMode    int32 = 402 // Java: GET_ALL_MESSAGE_REQUEST_MODE
	UpdateAndCreateStaticTopic  int32 = 513 // Java: UPDATE_AND_CREATE_STATIC_TOPIC

	// Replication and controller.
	GetBrokerMemberGroup        int32 = 901  // Java: GET_BROKER_MEMBER_GROUP
	AddBroker                   int32 = 902  // Java: ADD_BROKER
	RemoveBroker                int32 = 903  // Java: REMOVE_BROKER
	BrokerHeartbeat             int32 = 904  // Java: BROKER_HEARTBEAT
	NotifyMinBrokerIDChange     int32 = 905  // Java: NOTIFY_MIN_BROKER_ID_CHANGE
	ExchangeBrokerHAInfo        int32 = 906  // Java: EXCHANGE_BROKER_HA_INFO
	GetBrokerHAStatus           int32 = 907  // Java: GET_BROKER_HA_STATUS
	ResetMasterFlushOffset      int32 = 908  // Java: RESET_MASTER_FLUSH_OFFSET
	ControllerAlterSyncStateSet int32 = 1001 // Java: CONTROLLER_ALTER_SYNC_STATE_SET
	ControllerElectMaster       int32 = 1002 // Java: CONTROLLER_ELECT_MASTER
	ControllerRegisterBroker    int32 = 1003 // Java: CONTROLLER_REGISTER_BROKER
	ControllerGetReplicaInfo    int32 = 1004 // Java: CONTROLLER_GET_REPLICA_INFO
	ControllerGetMetaDataInfo   int32 = 1005 // Java: CONTROLLER_GET_METADATA_INFO
	ControllerGetSyncStateData  int32 = 1006 // Java: CONTROLLER_GET_SYNC_STATE_DATA
	GetBrokerEpochCache         int32 = 1007 // Java: GET_BROKER_EPOCH_CACHE
	NotifyBrokerRoleChanged     int32 = 1008 // Java: NOTIFY_BROKER_ROLE_CHANGED
	UpdateControllerConfig      int32 = 1009 // Java: UPDATE_CONTROLLER_CONFIG
	GetControllerConfig         int32 = 1010 // Java: GET_CONTROLLER_CONFIG
	CleanBrokerData             int32 = 1011 // Java: CLEAN_BROKER_DATA
	ControllerGetNextBrokerID   int32 = 1012 // Java: CONTROLLER_GET_NEXT_BROKER_ID
	ControllerApplyBrokerID     int32 = 1013 // Java: CONTROLLER_APPLY_BROKER_ID

	// Cold data, authentication and authorisation.
	UpdateColdDataFlowCtrConfig int32 = 2001 // Java: UPDATE_COLD_DATA_FLOW_CTR_CONFIG
	RemoveColdDataFlowCtrConfig int32 = 2002 // Java: REMOVE_COLD_DATA_FLOW_CTR_CONFIG
	GetColdDataFlowCtrInfo      int32 = 2003 // Java: GET_COLD_DATA_FLOW_CTR_INFO
	SetCommitLogReadMode        int32 = 2004 // Java: SET_COMMITLOG_READ_MODE
	AuthCreateUser              int32 = 3001 // Java: AUTH_CREATE_USER
	AuthUpdateUser              int32 = 3002 // Java: AUTH_UPDATE_USER
	AuthDeleteUser              int32 = 3003 // Java: AUTH_DELETE_USER
	AuthGetUser                 int32 = 3004 // Java: AUTH_GET_USER
	AuthListUser                int32 = 3005 // Java: AUTH_LIST_USER
	AuthCreateACL               int32 = 3006 // Java: AUTH_CREATE_ACL
	AuthUpdateACL               int32 = 3007 // Java: AUTH_UPDATE_ACL
	AuthDeleteACL               int32 = 3008 // Java: AUTH_DELETE_ACL
	AuthGetACL                  int32 = 3009 // Java: AUTH_GET_ACL
	AuthListACL                 int32 = 3010 // Java: AUTH_LIST_ACL

	// POP. These do not fit the 16 bits of a binary header.
	PopMessage                 int32 = 200050 // Java: POP_MESSAGE
	AckMessage                 int32 = 200051 // Java: ACK_MESSAGE
	PeekMessage                int32 = 200052 // Java: PEEK_MESSAGE
	ChangeMessageInvisibleTime int32 = 200053 // Java: CHANGE_MESSAGE_INVISIBLETIME
	Notification               int32 = 200054 // Java: NOTIFICATION
	PollingInfo                int32 = 200055 // Java: POLLING_INFO
	PopRollback                int32 = 200056 // Java: POP_ROLLBACK
	BatchAckMessage            int32 = 200151 // Java: BATCH_ACK_MESSAGE
)

// RequestName is Java's name of a request code, for logs and metrics; empty if there is none.
func RequestName(code int32) string { return requestNames[code] }

var requestNames = map[int32]string{
	SendMessage:                          "SEND_MESSAGE",
	PullMessage:                          "PULL_MESSAGE",
	QueryMessage:                         "QUERY_MESSAGE",
	QueryBrokerOffset:                    "QUERY_BROKER_OFFSET",
	QueryConsumerOffset:                  "QUERY_CONSUMER_OFFSET",
	UpdateConsumerOffset:                 "UPDATE_CONSUMER_OFFSET",
	UpdateAndCreateTopic:                 "UPDATE_AND_CREATE_TOPIC",
	UpdateAndCreateTopicList:             "UPDATE_AND_CREATE_TOPIC_LIST",
	GetAllTopicConfig:                    "GET_ALL_TOPIC_CONFIG",
	GetTopicConfigList:                   "GET_TOPIC_CONFIG_LIST",
	GetTopicNameList:                     "GET_TOPIC_NAME_LIST",
	UpdateBrokerConfig:                   "UPDATE_BROKER_CONFIG",
	GetBrokerConfig:                      "GET_BROKER_CONFIG",
	TriggerDeleteFiles:                   "TRIGGER_DELETE_FILES",
	GetBrokerRuntimeInfo:                 "GET_BROKER_RUNTIME_INFO",
	SearchOffsetByTimestamp:              "SEARCH_OFFSET_BY_TIMESTAMP",
	GetMaxOffset:                         "GET_MAX_OFFSET",
	GetMinOffset:                         "GET_MIN_OFFSET",
	GetEarliestMsgStoreTime:              "GET_EARLIEST_MSG_STORETIME",
	ViewMessageByID:                      "VIEW_MESSAGE_BY_ID",
	HeartBeat:                            "HEART_BEAT",
	UnregisterClient:                     "UNREGISTER_CLIENT",
	ConsumerSendMsgBack:                  "CONSUMER_SEND_MSG_BACK",
	EndTransaction:                       "END_TRANSACTION",
	GetConsumerListByGroup:               "GET_CONSUMER_LIST_BY_GROUP",
	CheckTransactionState:                "CHECK_TRANSACTION_STATE",
	NotifyConsumerIDsChanged:             "NOTIFY_CONSUMER_IDS_CHANGED",
	LockBatchMQ:                          "LOCK_BATCH_MQ",
	UnlockBatchMQ:                        "UNLOCK_BATCH_MQ",
	GetAllConsumerOffset:                 "GET_ALL_CONSUMER_OFFSET",
	GetAllDelayOffset:                    "GET_ALL_DELAY_OFFSET",
	CheckClientConfig:                    "CHECK_CLIENT_CONFIG",
	GetClientConfig:                      "GET_CLIENT_CONFIG",
	GetTimerCheckPoint:                   "GET_TIMER_CHECK_POINT",
	GetTimerMetrics:                      "GET_TIMER_METRICS",
	SendMessageV2:                        "SEND_MESSAGE_V2",
	SendBatchMessage:                     "SEND_BATCH_MESSAGE",
	SendReplyMessage:                     "SEND_REPLY_MESSAGE",
	SendReplyMessageV2:                   "SEND_REPLY_MESSAGE_V2",
	PushReplyMessageToClient:             "PUSH_REPLY_MESSAGE_TO_CLIENT",
	LitePullMessage:                      "LITE_PULL_MESSAGE",
	RecallMessage:                        "RECALL_MESSAGE",
	PutKVConfig:                          "PUT_KV_CONFIG",
	GetKVConfig:                          "GET_KV_CONFIG",
	DeleteKVConfig:                       "DELETE_KV_CONFIG",
	RegisterBroker:                       "REGISTER_BROKER",
	UnregisterBroker:                     "UNREGISTER_BROKER",
	GetRouteInfoByTopic:                  "GET_ROUTEINFO_BY_TOPIC",
	GetBrokerClusterInfo:                 "GET_BROKER_CLUSTER_INFO",
	UpdateAndCreateSubscriptionGroup:     "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP",
	GetAllSubscriptionGroupConfig:        "GET_ALL_SUBSCRIPTIONGROUP_CONFIG",
	GetTopicStatsInfo:                    "GET_TOPIC_STATS_INFO",
	GetConsumerConnectionList:            "GET_CONSUMER_CONNECTION_LIST",
	GetProducerConnectionList:            "GET_PRODUCER_CONNECTION_LIST",
	WipeWritePermOfBroker:                "WIPE_WRITE_PERM_OF_BROKER",
	GetAllTopicListFromNameServer:        "GET_ALL_TOPIC_LIST_FROM_NAMESERVER",
	DeleteSubscriptionGroup:              "DELETE_SUBSCRIPTIONGROUP",
	GetConsumeStats:                      "GET_CONSUME_STATS",
	SuspendConsumer:                      "SUSPEND_CONSUMER",
	ResumeConsumer:                       "RESUME_CONSUMER",
	ResetConsumerOffsetInConsumer:        "RESET_CONSUMER_OFFSET_IN_CONSUMER",
	ResetConsumerOffsetInBroker:          "RESET_CONSUMER_OFFSET_IN_BROKER",
	AdjustConsumerThreadPool:             "ADJUST_CONSUMER_THREAD_POOL",
	WhoConsumeTheMessage:                 "WHO_CONSUME_THE_MESSAGE",
	DeleteTopicInBroker:                  "DELETE_TOPIC_IN_BROKER",
	DeleteTopicInNamesrv:                 "DELETE_TOPIC_IN_NAMESRV",
	RegisterTopicInNamesrv:               "REGISTER_TOPIC_IN_NAMESRV",
	GetKVListByNamespace:                 "GET_KVLIST_BY_NAMESPACE",
	ResetConsumerClientOffset:            "RESET_CONSUMER_CLIENT_OFFSET",
	GetConsumerStatusFromClient:          "GET_CONSUMER_STATUS_FROM_CLIENT",
	InvokeBrokerToResetOffset:            "INVOKE_BROKER_TO_RESET_OFFSET",
	InvokeBrokerToGetConsumerStatus:      "INVOKE_BROKER_TO_GET_CONSUMER_STATUS",
	GetTopicsByCluster:                   "GET_TOPICS_BY_CLUSTER",
	UpdateAndCreateSubscriptionGroupList: "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST",
	QueryTopicConsumeByWho:               "QUERY_TOPIC_CONSUME_BY_WHO",
	RegisterFilterServer:                 "REGISTER_FILTER_SERVER",
	RegisterMessageFilterClass:           "REGISTER_MESSAGE_FILTER_CLASS",
	QueryConsumeTimeSpan:                 "QUERY_CONSUME_TIME_SPAN",
	GetSystemTopicListFromNS:             "GET_SYSTEM_TOPIC_LIST_FROM_NS",
	GetSystemTopicListFromBroker:         "GET_SYSTEM_TOPIC_LIST_FROM_BROKER",
	CleanExpiredConsumeQueue:             "CLEAN_EXPIRED_CONSUMEQUEUE",
	GetConsumerRunningInfo:               "GET_CONSUMER_RUNNING_INFO",
	QueryCorrectionOffset:                "QUERY_CORRECTION_OFFSET",
	ConsumeMessageDirectly:               "CONSUME_MESSAGE_DIRECTLY",
	GetUnitTopicList:                     "GET_UNIT_TOPIC_LIST",
	GetHasUnitSubTopicList:               "GET_HAS_UNIT_SUB_TOPIC_LIST",
	GetHasUnitSubUnUnitTopicList:         "GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST",
	CloneGroupOffset:                     "CLONE_GROUP_OFFSET",
	ViewBrokerStatsData:                  "VIEW_BROKER_STATS_DATA",
	CleanUnusedTopic:                     "CLEAN_UNUSED_TOPIC",
	GetBrokerConsumeStats:                "GET_BROKER_CONSUME_STATS",
	UpdateNamesrvConfig:                  "UPDATE_NAMESRV_CONFIG",
	GetNamesrvConfig:                     "GET_NAMESRV_CONFIG",
	QueryConsumeQueue:                    "QUERY_CONSUME_QUEUE",
	QueryDataVersion:                     "QUERY_DATA_VERSION",
	ResumeCheckHalfMessage:               "RESUME_CHECK_HALF_MESSAGE",
	AddWritePermOfBroker:                 "ADD_WRITE_PERM_OF_BROKER",
	GetAllProducerInfo:                   "GET_ALL_PRODUCER_INFO",
	DeleteExpiredCommitLog:               "DELETE_EXPIRED_COMMITLOG",
	QueryTopicsByConsumer:                "QUERY_TOPICS_BY_CONSUMER",
	QuerySubscriptionByConsumer:          "QUERY_SUBSCRIPTION_BY_CONSUMER",
	GetTopicConfig:                       "GET_TOPIC_CONFIG",
	GetSubscriptionGroupConfig:           "GET_SUBSCRIPTIONGROUP_CONFIG",
	UpdateAndGetGroupForbidden:           "UPDATE_AND_GET_GROUP_FORBIDDEN",
	CheckRocksDBCQWriteProgress:          "CHECK_ROCKSDB_CQ_WRITE_PROGRESS",
	ExportRocksDBConfigToJSON:            "EXPORT_ROCKSDB_CONFIG_TO_JSON",
	QueryAssignment:                      "QUERY_ASSIGNMENT",
	SetMessageRequestMode:                "SET_MESSAGE_REQUEST_MODE",
	GetAllMessageRequestMode:             "GET_ALL_MESSAGE_REQUEST_MODE",
	UpdateAndCreateStaticTopic:           "UPDATE_AND_CREATE_STATIC_TOPIC",
	GetBrokerMemberGroup:                 "GET_BROKER_MEMBER_GROUP",
	AddBroker:                            "ADD_BROKER",
	RemoveBroker:                         "REMOVE_BROKER",
	BrokerHeartbeat:                      "BROKER_HEARTBEAT",
	NotifyMinBrokerIDChange:              "NOTIFY_MIN_BROKER_ID_CHANGE",
	ExchangeBrokerHAInfo:                 "EXCHANGE_BROKER_HA_INFO",
	GetBrokerHAStatus:                    "GET_BROKER_HA_STATUS",
	ResetMasterFlushOffset:               "RESET_MASTER_FLUSH_OFFSET",
	ControllerAlterSyncStateSet:          "CONTROLLER_ALTER_SYNC_STATE_SET",
	ControllerElectMaster:                "CONTROLLER_ELECT_MASTER",
	ControllerRegisterBroker:             "CONTROLLER_REGISTER_BROKER",
	ControllerGetReplicaInfo:             "CONTROLLER_GET_REPLICA_INFO",
	ControllerGetMetaDataInfo:            "CONTROLLER_GET_METADATA_INFO",
	ControllerGetSyncStateData:           "CONTROLLER_GET_SYNC_STATE_DATA",
	GetBrokerEpochCache:                  "GET_BROKER_EPOCH_CACHE",
	NotifyBrokerRoleChanged:              "NOTIFY_BROKER_ROLE_CHANGED",
	UpdateControllerConfig:               "UPDATE_CONTROLLER_CONFIG",
	GetControllerConfig:                  "GET_CONTROLLER_CONFIG",
	CleanBrokerData:                      "CLEAN_BROKER_DATA",
	ControllerGetNextBrokerID:            "CONTROLLER_GET_NEXT_BROKER_ID",
	ControllerApplyBrokerID:              "CONTROLLER_APPLY_BROKER_ID",
	UpdateColdDataFlowCtrConfig:          "UPDATE_COLD_DATA_FLOW_CTR_CONFIG",
	RemoveColdDataFlowCtrConfig:          "REMOVE_COLD_DATA_FLOW_CTR_CONFIG",
	GetColdDataFlowCtrInfo:               "GET_COLD_DATA_FLOW_CTR_INFO",
	SetCommitLogReadMode:                 "SET_COMMITLOG_READ_MODE",
	AuthCreateUser:                       "AUTH_CREATE_USER",
	AuthUpdateUser:                       "AUTH_UPDATE_USER",
	AuthDeleteUser:                       "AUTH_DELETE_USER",
	AuthGetUser:                          "AUTH_GET_USER",
	AuthListUser:                         "AUTH_LIST_USER",
	AuthCreateACL:                        "AUTH_CREATE_ACL",
	AuthUpdateACL:                        "AUTH_UPDATE_ACL",
	AuthDeleteACL:                        "AUTH_DELETE_ACL",
	AuthGetACL:                           "AUTH_GET_ACL",
	AuthListACL:                          "AUTH_LIST_ACL",
	PopMessage:                           "POP_MESSAGE",
	AckMessage:                           "ACK_MESSAGE",
	PeekMessage:                          "PEEK_MESSAGE",
	ChangeMessageInvisibleTime:           "CHANGE_MESSAGE_INVISIBLETIME",
	Notification:                         "NOTIFICATION",
	PollingInfo:                          "POLLING_INFO",
	PopRollback:                          "POP_ROLLBACK",
	BatchAckMessage:                      "BATCH_ACK_MESSAGE",
}
