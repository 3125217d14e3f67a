package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** DefaultLitePullConsumer in both its modes. */
final class LitePulling {
    private static final int QUEUES = 4;
    private static final int EACH = 30;

    /** Two of four queues assigned: only these are read, in order; seek reads again. */
    static void assign(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = filled(cluster, producer);
        DefaultLitePullConsumer consumer = litePull(cluster);
        consumer.start();
        List<MessageQueue> queues = Cluster.sorted(consumer.fetchMessageQueues(topic));
        report.equal("queues", QUEUES, queues.size());
        List<MessageQueue> mine = queues.subList(1, 3);
        // No seek here: the client has begun to pull by now, and what a pull under way brings after a seek is delivered
        // too. A new group starts at 0 as long as the queue's first message is in memory.
        consumer.assign(mine);
        Map<Integer, List<Long>> got = poll(consumer, 2 * EACH);
        report.equal("offsets by queue", Map.of(mine.get(0).getQueueId(), upTo(0, EACH), mine.get(1).getQueueId(), upTo(0, EACH)), got);

        consumer.seek(mine.get(1), 20);
        report.equal("offsets after seek", Map.of(mine.get(1).getQueueId(), upTo(20, EACH)), poll(consumer, EACH - 20));
        report.equal("offset for time 0", 0L, consumer.offsetForTimestamp(mine.get(0), 0L));
        report.fact("received", 2 * EACH + EACH - 20);
    }

    /** Subscribed: every queue is read; after commitSync and shutdown the next member of the group gets only what is new. */
    static void subscribe(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = filled(cluster, producer);
        DefaultLitePullConsumer first = litePull(cluster);
        first.subscribe(topic, "*");
        first.start();
        Map<Integer, List<Long>> got = poll(first, QUEUES * EACH);
        Map<Integer, List<Long>> want = new HashMap<>();
        for (int q = 0; q < QUEUES; q++) want.put(q, upTo(0, EACH));
        report.equal("offsets by queue", want, got);
        first.commitSync();
        first.shutdown();
        cluster.untilCommitted(producer, "group", topic, QUEUES * EACH);

        DefaultLitePullConsumer second = litePull(cluster);
        second.subscribe(topic, "*");
        second.start();
        MessageQueue q2 = Cluster.sorted(producer.fetchPublishMessageQueues(topic)).get(2);
        producer.send(new Message(topic, "new".getBytes(StandardCharsets.UTF_8)), q2);
        report.equal("offsets after commit", Map.of(2, List.of((long) EACH)), poll(second, 1));
        report.fact("received", QUEUES * EACH + 1);
    }

    /** Without automatic commits; the caller subscribes or assigns, and starts it. */
    private static DefaultLitePullConsumer litePull(Cluster cluster) {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(cluster.name("group"));
        cluster.connect(consumer, consumer::shutdown);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAutoCommit(false);
        return consumer;
    }

    private static String filled(Cluster cluster, DefaultMQProducer producer) throws Exception {
        String topic = cluster.topic(producer, "topic", QUEUES);
        for (MessageQueue q : Cluster.sorted(producer.fetchPublishMessageQueues(topic))) {
            for (int i = 0; i < EACH; i++) {
                producer.send(new Message(topic, (q.getQueueId() + " " + i).getBytes(StandardCharsets.UTF_8)), q);
            }
        }
        return topic;
    }

    /** Polls until count messages came, then once more for a surplus; offsets in the order of arrival. */
    private static Map<Integer, List<Long>> poll(DefaultLitePullConsumer consumer, int count) throws Exception {
        Map<Integer, List<Long>> got = new HashMap<>();
        int[] total = {0};
        Cluster.until(count + " polled messages", () -> {
            total[0] += add(got, consumer.poll(100));
            return total[0] >= count;
        });
        add(got, consumer.poll(Cluster.QUIET_MILLIS));
        return got;
    }

    private static int add(Map<Integer, List<Long>> got, List<MessageExt> polled) {
        for (MessageExt m : polled) got.computeIfAbsent(m.getQueueId(), q -> new ArrayList<>()).add(m.getQueueOffset());
        return polled.size();
    }

    private static List<Long> upTo(long from, long end) {
        List<Long> list = new ArrayList<>();
        for (long i = from; i < end; i++) list.add(i);
        return list;
    }

    private LitePulling() {
    }
}
