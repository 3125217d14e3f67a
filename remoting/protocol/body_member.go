package protocol

// MemberGroupBody is the body of the answer to 901. Java: GetBrokerMemberGroupResponseBody.
type MemberGroupBody struct {
	Group MemberGroup `json:"brokerMemberGroup"`
}

// MemberGroup is the addresses of the brokers of one name by their ids. Java: BrokerMemberGroup.
type MemberGroup struct {
	BrokerAddrs map[int64]string `json:"brokerAddrs" fastjson:"notnull"` // host:port
	BrokerName  string           `json:"brokerName,omitempty"`
	Cluster     string           `json:"cluster,omitempty"`
}
