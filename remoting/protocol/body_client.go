package protocol

// Connection is one client of a group. Java: Connection.
type Connection struct {
	ClientAddr string `json:"clientAddr,omitempty"` // host:port
	ClientID   string `json:"clientId,omitempty"`
	Language   string `json:"language,omitempty"` // Java: LanguageCode
	Version    int32  `json:"version"`            // MQVersion ordinal
}

// ConsumerConnections is the body of the answer to 203: the members of a consumer group, and how it consumes. Java:
// ConsumerConnection.
type ConsumerConnections struct {
	ConnectionSet     []Connection                `json:"connectionSet" fastjson:"notnull"`
	ConsumeFromWhere  ConsumeFromWhere            `json:"consumeFromWhere"`
	ConsumeType       ConsumeType                 `json:"consumeType"`
	MessageModel      MessageModel                `json:"messageModel"`
	SubscriptionTable map[string]SubscriptionData `json:"subscriptionTable" fastjson:"notnull"` // by topic
}

// ProducerConnections is the body of the answer to 204. Java: ProducerConnection.
type ProducerConnections struct {
	ConnectionSet []Connection `json:"connectionSet" fastjson:"notnull"`
}

// ProducerInfo is a member of a producer group. Java: ProducerInfo.
type ProducerInfo struct {
	ClientID            string `json:"clientId,omitempty"`
	Language            string `json:"language,omitempty"`
	LastUpdateTimestamp int64  `json:"lastUpdateTimestamp"` // of the last heartbeat, ms
	RemoteIP            string `json:"remoteIP,omitempty"`  // /host:port
	Version             int32  `json:"version"`
}

// AllProducers is the body of the answer to 328, by group. Java: ProducerTableInfo.
type AllProducers struct {
	Data map[string][]ProducerInfo `json:"data" fastjson:"notnull"`
}

// GroupSubscription is the body of the answer to 345. Java: QuerySubscriptionResponseBody.
type GroupSubscription struct {
	Group            string            `json:"group,omitempty"`
	SubscriptionData *SubscriptionData `json:"subscriptionData"` // of a group that is online
	Topic            string            `json:"topic,omitempty"`
}
