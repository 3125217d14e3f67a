package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Offset questions: smallest, largest, by store time, and the store time of the earliest message. */
@SuppressWarnings("deprecation")
final class Offsets {
    private static final int COUNT = 20;

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 2);
        List<MessageQueue> queues = Cluster.sorted(producer.fetchPublishMessageQueues(topic));
        MessageQueue queue = queues.get(0);
        DefaultMQPullConsumer consumer = cluster.pull("group");
        long before = System.currentTimeMillis();
        for (int i = 0; i < COUNT; i++) {
            producer.send(new Message(topic, ("body " + i).getBytes(StandardCharsets.UTF_8)), queue);
            long sentAt = System.currentTimeMillis();
            Cluster.until("the clock", () -> System.currentTimeMillis() > sentAt + 1);
        }
        Cluster.until("queue of " + COUNT, () -> consumer.maxOffset(queue) == COUNT);
        report.equal("smallest", 0L, consumer.minOffset(queue));
        List<MessageExt> stored = all(consumer, queue);
        report.equal("stored", COUNT, stored.size());
        report.equal("earliest store time", stored.get(0).getStoreTimestamp(), consumer.earliestMsgStoreTime(queue));
        bySearch(report, consumer, queue, stored, before);

        MessageQueue empty = queues.get(1);
        report.equal("empty queue: smallest", 0L, consumer.minOffset(empty));
        report.equal("empty queue: largest", 0L, consumer.maxOffset(empty));
        report.equal("empty queue: by time", 0L, consumer.searchOffset(empty, before));
        report.equal("empty queue: earliest store time", -1L, consumer.earliestMsgStoreTime(empty));
    }

    /** The answer is the first message not stored before the asked time. */
    private static void bySearch(Report report, DefaultMQPullConsumer consumer, MessageQueue queue, List<MessageExt> stored, long before)
        throws Exception {
        report.equal("before all", 0L, consumer.searchOffset(queue, before - 60_000));
        for (int i = 0; i < stored.size(); i++) {
            long at = stored.get(i).getStoreTimestamp();
            report.equal("at store time of " + i, (long) i, consumer.searchOffset(queue, at));
            if (i > 0) report.equal("just behind " + (i - 1), (long) i, consumer.searchOffset(queue, stored.get(i - 1).getStoreTimestamp() + 1));
        }
        report.fact("behindAll", consumer.searchOffset(queue, System.currentTimeMillis() + 60_000));
        report.equal("behind all", (long) COUNT, consumer.searchOffset(queue, System.currentTimeMillis() + 60_000));
    }

    private static List<MessageExt> all(DefaultMQPullConsumer consumer, MessageQueue queue) throws Exception {
        List<MessageExt> list = new ArrayList<>();
        while (list.size() < COUNT) {
            PullResult r = consumer.pull(queue, "*", list.size(), 32);
            if (r.getPullStatus() != PullStatus.FOUND) throw new IllegalStateException(list.size() + " messages, then " + r);
            list.addAll(r.getMsgFoundList());
        }
        return list;
    }

    private Offsets() {
    }
}
