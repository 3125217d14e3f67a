//go:build conformance

package hostile

// Well-formed requests, for tests to spoil.

func sendTo(topic string) ext {
	return ext{
		"a": "attackers", "b": topic, "c": "TBW102", "d": "4", "e": "0", "f": "0", "g": "1700000000000", "h": "0", "i": "",
	}
}

func pullFrom(topic string) ext {
	return ext{
		"consumerGroup": "attackers", "topic": topic, "queueId": "0", "queueOffset": "0", "maxMsgNums": "32", "sysFlag": "4",
		"commitOffset": "0", "suspendTimeoutMillis": "0", "subscription": "*", "subVersion": "0",
	}
}

func createTopic(topic string) ext {
	return ext{
		"topic": topic, "defaultTopic": "TBW102", "readQueueNums": "4", "writeQueueNums": "4", "perm": "6",
		"topicFilterType": "SINGLE_TAG", "order": "false",
	}
}

func queueOf(topic, queue string) ext { return ext{"topic": topic, "queueId": queue} }

func offsetOf(topic, queue string) ext {
	return ext{"consumerGroup": "attackers", "topic": topic, "queueId": queue}
}

func commitOf(topic, queue, offset string) ext {
	return offsetOf(topic, queue).with("commitOffset", offset)
}
