package gannet;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/** Topics made by the client: asked number of queues, more queues later, names refused. */
final class CreatingTopics {
    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 3);
        report.equal("queues", 3, producer.fetchPublishMessageQueues(topic).size());
        report.equal("after asking for 6", topic, cluster.topic(producer, "topic", 6));
        Set<Integer> ids = new TreeSet<>();
        for (MessageQueue q : producer.fetchPublishMessageQueues(topic)) ids.add(q.getQueueId());
        report.equal("queue ids", new TreeSet<>(Set.of(0, 1, 2, 3, 4, 5)), ids);

        String body = "into a created topic";
        producer.send(new Message(topic, body.getBytes(StandardCharsets.UTF_8)));
        cluster.expectBodies(report, topic, Set.of(body));

        for (String bad : new String[] {"a topic", "tópico", "x".repeat(128), "TBW102", ""}) {
            try {
                Protocol.createTopic(producer, "TBW102", bad, 1);
                report.expect(false, "topic name \"%.20s\" (%d characters) was accepted", bad, bad.length());
            } catch (MQClientException wanted) {
                report.fact("refused " + bad.length() + " characters", wanted.getErrorMessage());
            }
        }
    }

    private CreatingTopics() {
    }
}
