package record

// Sort is what a producer asks of a message, as metrics tell messages apart. Java: TopicMessageType,
// BrokerMetricsManager.getMessageType.
type Sort uint8

const (
	Normal      Sort = iota
	FIFO             // has a __SHARDINGKEY
	Delayed          // names a level or a time
	Transaction      // is a half
	Sorts            // how many there are
)

var sortNames = [Sorts]string{"normal", "fifo", "delay", "transaction"}

func (s Sort) String() string {
	if s < Sorts {
		return sortNames[s]
	}
	return "unspecified"
}
