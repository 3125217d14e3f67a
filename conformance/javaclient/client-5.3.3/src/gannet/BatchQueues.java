package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** A topic with batch queues (queue.type=BatchCQ). */
@SuppressWarnings("deprecation")
public final class BatchQueues {
    private static final int PULL = 32;

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix");
        Report report = new Report("BatchQueues");
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.text("prefix", "B" + Long.toString(System.currentTimeMillis(), 36)))) {
            run(cluster, report);
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private static Message message(String topic, String body) {
        return new Message(topic, body.getBytes(StandardCharsets.UTF_8));
    }

    /** Inner batches of 1 to 7 and single messages: offsets, pulls from each offset, singly consumed. */
    private static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.name("topic");
        createBatched(producer, topic);
        Cluster.until("route of " + topic, () -> producer.fetchPublishMessageQueues(topic).size() == 1);
        MessageQueue queue = producer.fetchPublishMessageQueues(topic).get(0);
        TreeSet<String> bodies = new TreeSet<>();
        TreeMap<Long, Integer> sent = new TreeMap<>();
        long next = 0;
        for (int i = 0; i < 30; i++) {
            int count = i % 8;
            List<Message> list = new ArrayList<>();
            for (int k = 0; k < Math.max(1, count); k++) {
                list.add(message(topic, "b" + (next + k)));
                bodies.add("b" + (next + k));
            }
            SendResult r = count == 0 ? producer.send(list.get(0), queue) : producer.send(list, queue);
            report.equal("offset of batch " + i, next, r.getQueueOffset());
            sent.put(next, list.size());
            next += list.size();
        }
        DefaultMQPullConsumer consumer = cluster.pull("group");
        long end = next;
        Cluster.until("queue of " + end, () -> consumer.maxOffset(queue) == end);
        report.equal("min", 0L, consumer.minOffset(queue));
        for (long offset = 0; offset < end; offset++) pullBatch(report, consumer, queue, offset, sent.floorKey(offset), end);
        report.equal("at the end", PullStatus.NO_NEW_MSG, consumer.pull(queue, "*", end, PULL).getPullStatus());
        cluster.expectBodies(report, topic, bodies);
    }

    /** The producer's own createTopic drops the attributes. */
    private static void createBatched(DefaultMQProducer producer, String topic) throws Exception {
        MQClientInstance client = producer.getDefaultMQProducerImpl().getMqClientFactory();
        String broker = producer.fetchPublishMessageQueues("TBW102").get(0).getBrokerName();
        client.updateTopicRouteInfoFromNameServer("TBW102");
        TopicConfig config = new TopicConfig(topic, 1, 1, 6);
        config.setAttributes(Map.of("+queue.type", "BatchCQ"));
        client.getMQClientAPIImpl().createTopic(client.findBrokerAddressInPublish(broker), "TBW102", config, Cluster.LIMIT_MILLIS);
    }

    /** A pull from within a batch brings it whole, and single messages in their order. */
    private static void pullBatch(Report report, DefaultMQPullConsumer consumer, MessageQueue queue, long offset, long base, long end)
        throws Exception {
        PullResult r = consumer.pull(queue, "*", offset, PULL);
        if (!report.equal("status at " + offset, PullStatus.FOUND, r.getPullStatus())) return;
        long at = base;
        for (MessageExt m : r.getMsgFoundList()) {
            report.equal("body at " + offset, "b" + at, Tally.body(m));
            report.equal("offset at " + offset, at, m.getQueueOffset());
            at++;
        }
        report.equal("next at " + offset, at, r.getNextBeginOffset());
        report.expect(r.getMsgFoundList().size() <= PULL, "%d messages at %d", r.getMsgFoundList().size(), offset);
        report.equal("max at " + offset, end, r.getMaxOffset());
    }

    private BatchQueues() {
    }
}
