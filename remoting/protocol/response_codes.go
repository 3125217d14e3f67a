package protocol

// Response codes. Java: ResponseCode and RemotingSysResponseCode of 5.3.3.
const (
	Success                   int32 = 0  // Java: SUCCESS
	SystemError               int32 = 1  // Java: SYSTEM_ERROR
	SystemBusy                int32 = 2  // Java: SYSTEM_BUSY; flow control
	RequestCodeNotSupported   int32 = 3  // Java: REQUEST_CODE_NOT_SUPPORTED
	TransactionFailed         int32 = 4  // Java: TRANSACTION_FAILED
	FlushDiskTimeout          int32 = 10 // Java: FLUSH_DISK_TIMEOUT; stored, but not flushed in time
	SlaveNotAvailable         int32 = 11 // Java: SLAVE_NOT_AVAILABLE; stored, but no slave is in sync
	FlushSlaveTimeout         int32 = 12 // Java: FLUSH_SLAVE_TIMEOUT; stored, but not replicated in time
	MessageIllegal            int32 = 13 // Java: MESSAGE_ILLEGAL
	ServiceNotAvailable       int32 = 14 // Java: SERVICE_NOT_AVAILABLE
	VersionNotSupported       int32 = 15 // Java: VERSION_NOT_SUPPORTED
	NoPermission              int32 = 16 // Java: NO_PERMISSION
	TopicNotExist             int32 = 17 // Java: TOPIC_NOT_EXIST
	TopicExistAlready         int32 = 18 // Java: TOPIC_EXIST_ALREADY
	PullNotFound              int32 = 19 // Java: PULL_NOT_FOUND; no new message
	PullRetryImmediately      int32 = 20 // Java: PULL_RETRY_IMMEDIATELY; nothing matched, go on at the next offset
	PullOffsetMoved           int32 = 21 // Java: PULL_OFFSET_MOVED; the offset was illegal
	QueryNotFound             int32 = 22 // Java: QUERY_NOT_FOUND
	SubscriptionParseFailed   int32 = 23 // Java: SUBSCRIPTION_PARSE_FAILED
	SubscriptionNotExist      int32 = 24 // Java: SUBSCRIPTION_NOT_EXIST
	SubscriptionNotLatest     int32 = 25 // Java: SUBSCRIPTION_NOT_LATEST
	SubscriptionGroupNotExist int32 = 26 // Java: SUBSCRIPTION_GROUP_NOT_EXIST
	FilterDataNotExist        int32 = 27 // Java: FILTER_DATA_NOT_EXIST
	FilterDataNotLatest       int32 = 28 // Java: FILTER_DATA_NOT_LATEST
	InvalidParameter          int32 = 29 // Java: INVALID_PARAMETER

	TransactionShouldCommit    int32 = 200  // Java: TRANSACTION_SHOULD_COMMIT
	TransactionShouldRollback  int32 = 201  // Java: TRANSACTION_SHOULD_ROLLBACK
	TransactionStateUnknow     int32 = 202  // Java: TRANSACTION_STATE_UNKNOW
	TransactionStateGroupWrong int32 = 203  // Java: TRANSACTION_STATE_GROUP_WRONG
	NoBuyerID                  int32 = 204  // Java: NO_BUYER_ID; clients retry on it
	NotInCurrentUnit           int32 = 205  // Java: NOT_IN_CURRENT_UNIT; clients retry on it
	ConsumerNotOnline          int32 = 206  // Java: CONSUMER_NOT_ONLINE
	ConsumeMsgTimeout          int32 = 207  // Java: CONSUME_MSG_TIMEOUT
	NoMessage                  int32 = 208  // Java: NO_MESSAGE
	PollingFull                int32 = 209  // Java: POLLING_FULL
	PollingTimeout             int32 = 210  // Java: POLLING_TIMEOUT
	BrokerNotExist             int32 = 211  // Java: BROKER_NOT_EXIST
	BrokerDispatchNotComplete  int32 = 212  // Java: BROKER_DISPATCH_NOT_COMPLETE
	BroadcastConsumption       int32 = 213  // Java: BROADCAST_CONSUMPTION
	FlowControl                int32 = 215  // Java: FLOW_CONTROL
	NotLeaderForQueue          int32 = 501  // Java: NOT_LEADER_FOR_QUEUE
	IllegalOperation           int32 = 604  // Java: ILLEGAL_OPERATION
	GoAway                     int32 = 1500 // Java: GO_AWAY; shutting down: reconnect and retry

	ControllerFencedMasterEpoch          int32 = 2000 // Java: CONTROLLER_FENCED_MASTER_EPOCH
	ControllerFencedSyncStateSetEpoch    int32 = 2001 // Java: CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH
	ControllerInvalidMaster              int32 = 2002 // Java: CONTROLLER_INVALID_MASTER
	ControllerInvalidReplicas            int32 = 2003 // Java: CONTROLLER_INVALID_REPLICAS
	ControllerMasterNotAvailable         int32 = 2004 // Java: CONTROLLER_MASTER_NOT_AVAILABLE
	ControllerInvalidRequest             int32 = 2005 // Java: CONTROLLER_INVALID_REQUEST
	ControllerBrokerNotAlive             int32 = 2006 // Java: CONTROLLER_BROKER_NOT_ALIVE
	ControllerNotLeader                  int32 = 2007 // Java: CONTROLLER_NOT_LEADER
	ControllerBrokerMetaDataNotExist     int32 = 2008 // Java: CONTROLLER_BROKER_METADATA_NOT_EXIST
	ControllerInvalidCleanBrokerMetaData int32 = 2009 // Java: CONTROLLER_INVALID_CLEAN_BROKER_METADATA
	ControllerBrokerNeedToBeRegistered   int32 = 2010 // Java: CONTROLLER_BROKER_NEED_TO_BE_REGISTERED
	ControllerMasterStillExist           int32 = 2011 // Java: CONTROLLER_MASTER_STILL_EXIST
	ControllerElectMasterFailed          int32 = 2012 // Java: CONTROLLER_ELECT_MASTER_FAILED
	ControllerAlterSyncStateSetFailed    int32 = 2013 // Java: CONTROLLER_ALTER_SYNC_STATE_SET_FAILED
	ControllerBrokerIDInvalid            int32 = 2014 // Java: CONTROLLER_BROKER_ID_INVALID
	ControllerJRaftInternalError         int32 = 2015 // Java: CONTROLLER_JRAFT_INTERNAL_ERROR
	ControllerBrokerLiveInfoNotExists    int32 = 2016 // Java: CONTROLLER_BROKER_LIVE_INFO_NOT_EXISTS

	UserNotExist   int32 = 3001 // Java: USER_NOT_EXIST
	PolicyNotExist int32 = 3002 // Java: POLICY_NOT_EXIST

	RPCUnknown             int32 = -1000 // Java: RPC_UNKNOWN
	RPCAddrIsNull          int32 = -1002 // Java: RPC_ADDR_IS_NULL
	RPCSendToChannelFailed int32 = -1004 // Java: RPC_SEND_TO_CHANNEL_FAILED
	RPCTimeOut             int32 = -1006 // Java: RPC_TIME_OUT
)

// ResponseName is Java's name of a response code, for logs; empty if there is none.
func ResponseName(code int32) string { return responseNames[code] }

var responseNames = map[int32]string{
	Success:                              "SUCCESS",
	SystemError:                          "SYSTEM_ERROR",
	SystemBusy:                           "SYSTEM_BUSY",
	RequestCodeNotSupported:              "REQUEST_CODE_NOT_SUPPORTED",
	TransactionFailed:                    "TRANSACTION_FAILED",
	FlushDiskTimeout:                     "FLUSH_DISK_TIMEOUT",
	SlaveNotAvailable:                    "SLAVE_NOT_AVAILABLE",
	FlushSlaveTimeout:                    "FLUSH_SLAVE_TIMEOUT",
	MessageIllegal:                       "MESSAGE_ILLEGAL",
	ServiceNotAvailable:                  "SERVICE_NOT_AVAILABLE",
	VersionNotSupported:                  "VERSION_NOT_SUPPORTED",
	NoPermission:                         "NO_PERMISSION",
	TopicNotExist:                        "TOPIC_NOT_EXIST",
	TopicExistAlready:                    "TOPIC_EXIST_ALREADY",
	PullNotFound:                         "PULL_NOT_FOUND",
	PullRetryImmediately:                 "PULL_RETRY_IMMEDIATELY",
	PullOffsetMoved:                      "PULL_OFFSET_MOVED",
	QueryNotFound:                        "QUERY_NOT_FOUND",
	SubscriptionParseFailed:              "SUBSCRIPTION_PARSE_FAILED",
	SubscriptionNotExist:                 "SUBSCRIPTION_NOT_EXIST",
	SubscriptionNotLatest:                "SUBSCRIPTION_NOT_LATEST",
	SubscriptionGroupNotExist:            "SUBSCRIPTION_GROUP_NOT_EXIST",
	FilterDataNotExist:                   "FILTER_DATA_NOT_EXIST",
	FilterDataNotLatest:                  "FILTER_DATA_NOT_LATEST",
	InvalidParameter:                     "INVALID_PARAMETER",
	TransactionShouldCommit:              "TRANSACTION_SHOULD_COMMIT",
	TransactionShouldRollback:            "TRANSACTION_SHOULD_ROLLBACK",
	TransactionStateUnknow:               "TRANSACTION_STATE_UNKNOW",
	TransactionStateGroupWrong:           "TRANSACTION_STATE_GROUP_WRONG",
	NoBuyerID:                            "NO_BUYER_ID",
	NotInCurrentUnit:                     "NOT_IN_CURRENT_UNIT",
	ConsumerNotOnline:                    "CONSUMER_NOT_ONLINE",
	ConsumeMsgTimeout:                    "CONSUME_MSG_TIMEOUT",
	NoMessage:                            "NO_MESSAGE",
	PollingFull:                          "POLLING_FULL",
	PollingTimeout:                       "POLLING_TIMEOUT",
	BrokerNotExist:                       "BROKER_NOT_EXIST",
	BrokerDispatchNotComplete:            "BROKER_DISPATCH_NOT_COMPLETE",
	BroadcastConsumption:                 "BROADCAST_CONSUMPTION",
	FlowControl:                          "FLOW_CONTROL",
	NotLeaderForQueue:                    "NOT_LEADER_FOR_QUEUE",
	IllegalOperation:                     "ILLEGAL_OPERATION",
	GoAway:                               "GO_AWAY",
	ControllerFencedMasterEpoch:          "CONTROLLER_FENCED_MASTER_EPOCH",
	ControllerFencedSyncStateSetEpoch:    "CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH",
	ControllerInvalidMaster:              "CONTROLLER_INVALID_MASTER",
	ControllerInvalidReplicas:            "CONTROLLER_INVALID_REPLICAS",
	ControllerMasterNotAvailable:         "CONTROLLER_MASTER_NOT_AVAILABLE",
	ControllerInvalidRequest:             "CONTROLLER_INVALID_REQUEST",
	ControllerBrokerNotAlive:             "CONTROLLER_BROKER_NOT_ALIVE",
	ControllerNotLeader:                  "CONTROLLER_NOT_LEADER",
	ControllerBrokerMetaDataNotExist:     "CONTROLLER_BROKER_METADATA_NOT_EXIST",
	ControllerInvalidCleanBrokerMetaData: "CONTROLLER_INVALID_CLEAN_BROKER_METADATA",
	ControllerBrokerNeedToBeRegistered:   "CONTROLLER_BROKER_NEED_TO_BE_REGISTERED",
	ControllerMasterStillExist:           "CONTROLLER_MASTER_STILL_EXIST",
	ControllerElectMasterFailed:          "CONTROLLER_ELECT_MASTER_FAILED",
	ControllerAlterSyncStateSetFailed:    "CONTROLLER_ALTER_SYNC_STATE_SET_FAILED",
	ControllerBrokerIDInvalid:            "CONTROLLER_BROKER_ID_INVALID",
	ControllerJRaftInternalError:         "CONTROLLER_JRAFT_INTERNAL_ERROR",
	ControllerBrokerLiveInfoNotExists:    "CONTROLLER_BROKER_LIVE_INFO_NOT_EXISTS",
	UserNotExist:                         "USER_NOT_EXIST",
	PolicyNotExist:                       "POLICY_NOT_EXIST",
	RPCUnknown:                           "RPC_UNKNOWN",
	RPCAddrIsNull:                        "RPC_ADDR_IS_NULL",
	RPCSendToChannelFailed:               "RPC_SEND_TO_CHANNEL_FAILED",
	RPCTimeOut:                           "RPC_TIME_OUT",
}
