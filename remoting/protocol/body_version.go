package protocol

// DataVersion tells states of a table apart; all three members must be equal. Java: DataVersion.
type DataVersion struct {
	Counter      int64 `json:"counter"`      // steps since the broker was created
	StateVersion int64 `json:"stateVersion"` // of the controller; 0 without one
	Timestamp    int64 `json:"timestamp"`    // ms, of the last step
}

// KVTable is the body of the answers to 28, 103 and 219. Java: KVTable.
type KVTable struct {
	Table map[string]string `json:"table" fastjson:"notnull"`
}

// TopicList is the body of the answers to 206, 224, 304, 305, 311, 312, 313 and 343. Java: TopicList.
type TopicList struct {
	BrokerAddr string   `json:"brokerAddr,omitempty"`
	TopicList  []string `json:"topicList" fastjson:"notnull"`
}
