package fastjson_test

import (
	"fmt"

	"github.com/gannetmq/gannet/compat/fastjson"
)

type queueKey struct {
	BrokerName string `json:"brokerName"`
	QueueID    int32  `json:"queueId"`
	Topic      string `json:"topic"`
}

type resetOffset struct {
	OffsetTable map[queueKey]int64 `json:"offsetTable" fastjson:"notnull"`
}

func Example() {
	// As Java writes it, and as Go clients do.
	for _, text := range []string{
		`{"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"T"}:5}}`,
		`{"offsetTable":[[{"topic":"T","brokerName":"broker-a","queueId":0},5]]}`,
	} {
		var body resetOffset
		if err := fastjson.Unmarshal([]byte(text), &body); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%s\n", fastjson.Append(nil, body))
	}
	fmt.Printf("%s\n", fastjson.AppendStrict(nil, map[int64]string{1: "10.0.0.2:10911", 0: "10.0.0.1:10911"}))
	// Output:
	// {"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"T"}:5}}
	// {"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"T"}:5}}
	// {"0":"10.0.0.1:10911","1":"10.0.0.2:10911"}
}
