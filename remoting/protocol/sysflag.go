package protocol

// Bits of PullRequest.SysFlag. Java: PullSysFlag.
const (
	PullCommitOffset int32 = 1 << 0 // CommitOffset is to be stored
	PullSuspend      int32 = 1 << 1 // the answer may wait for a message
	PullSubscription int32 = 1 << 2 // the subscription comes with the request
	PullClassFilter  int32 = 1 << 3
	PullLite         int32 = 1 << 4
)

// Bits of a topic's sysFlag. Java: TopicSysFlag.
const (
	TopicUnit    int32 = 1 << 0
	TopicUnitSub int32 = 1 << 1
)

// Why a pull was refused, PullResponse.ForbiddenType. Java: ForbiddenType.
const (
	ForbiddenBroker       int32 = 1
	ForbiddenGroup        int32 = 2
	ForbiddenTopic        int32 = 3
	ForbiddenBroadcasting int32 = 4
	ForbiddenSubscription int32 = 5
)

// Where a pop of a new group begins, PopRequest.InitMode. Java: ConsumeInitMode.
const (
	InitMin int32 = 0
	InitMax int32 = 1
)
