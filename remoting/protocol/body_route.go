package protocol

import "github.com/gannetmq/gannet/compat/fastjson"

// TopicRouteData is where a topic is: the body of the answer to 105 and of 217. Java: TopicRouteData.
type TopicRouteData struct {
	BrokerDatas               []BrokerData                `json:"brokerDatas" fastjson:"notnull"`
	FilterServerTable         map[string][]string         `json:"filterServerTable" fastjson:"notnull"`
	OrderTopicConf            string                      `json:"orderTopicConf,omitempty"` // "broker-a:8;broker-b:8"
	QueueDatas                []QueueData                 `json:"queueDatas" fastjson:"notnull"`
	TopicQueueMappingByBroker map[string]TopicMappingInfo `json:"topicQueueMappingByBroker"`
}

// QueueData is the queues that a topic has in the brokers of one name. Java: QueueData.
type QueueData struct {
	BrokerName     string `json:"brokerName,omitempty"`
	Perm           int32  `json:"perm"`
	ReadQueueNums  int32  `json:"readQueueNums"`
	TopicSysFlag   int32  `json:"topicSysFlag"`
	WriteQueueNums int32  `json:"writeQueueNums"`
}

// BrokerData is the addresses of the brokers of one name by their ids; the master is 0. Java:
// BrokerData.
type BrokerData struct {
	BrokerAddrs        map[int64]string `json:"brokerAddrs" fastjson:"notnull"` // host:port
	BrokerName         string           `json:"brokerName,omitempty"`
	Cluster            string           `json:"cluster,omitempty"`
	EnableActingMaster bool             `json:"enableActingMaster"`
	ZoneName           string           `json:"zoneName,omitempty"`
}

// AppendRoute appends the body of an answer to 105. Standard JSON has quoted broker ids and is for
// clients that say so or that are V4_9_4 and newer; the others want them bare, and old Go clients
// read a quoted id as 0. Both forms are free of blanks with id 0 first, because Go clients split
// brokerAddrs as text.
func AppendRoute(dst []byte, r *TopicRouteData, standardJSON bool) []byte {
	if standardJSON {
		return fastjson.AppendStrict(dst, r)
	}
	return fastjson.Append(dst, r)
}

// ClusterInfo is the body of the answer to 106: brokers by name, and the names by cluster. Java:
// ClusterInfo.
type ClusterInfo struct {
	BrokerAddrTable  map[string]BrokerData `json:"brokerAddrTable" fastjson:"notnull"`
	ClusterAddrTable map[string][]string   `json:"clusterAddrTable" fastjson:"notnull"`
}
