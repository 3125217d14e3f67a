package gannet;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Orders of many keys, interleaved, sent with a selector so that a key stays in one queue, and read by two members of a
 * group with MessageListenerOrderly (which locks its queues on the broker). Every key must be seen in sending order.
 */
final class Ordered {
    private static final int KEYS = 20;
    private static final int STEPS = 15;

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 4);
        for (int step = 0; step < STEPS; step++) {
            for (int key = 0; key < KEYS; key++) {
                byte[] body = ("order" + key + " " + step).getBytes(StandardCharsets.UTF_8);
                producer.send(new Message(topic, body), new SelectMessageQueueByHash(), "order" + key);
            }
        }
        Tally tally = new Tally();
        for (int member = 0; member < 2; member++) {
            DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
            tally.attach(consumer, true);
            consumer.start();
        }
        if (tally.await(KEYS * STEPS, Cluster.LIMIT_MILLIS)) tally.quiet(Cluster.QUIET_MILLIS);
        report.equal("distinct bodies", KEYS * STEPS, tally.distinct());
        report.equal("order violations", 0, tally.orderViolations());
        checkKeys(report, tally.messages());
        tally.facts(report);
    }

    /** A step may repeat when a queue changes its owner during rebalance, but never skip or go back past a new one. */
    private static void checkKeys(Report report, List<MessageExt> messages) {
        Map<String, Integer> queueOf = new HashMap<>();
        Map<String, Integer> next = new HashMap<>();
        for (MessageExt m : messages) {
            String[] word = Tally.body(m).split(" ");
            int step = Integer.parseInt(word[1]);
            int want = next.getOrDefault(word[0], 0);
            report.expect(step <= want, "%s: step %d seen when %d was due", word[0], step, want);
            next.put(word[0], Math.max(want, step + 1));
            report.equal("queue of " + word[0], queueOf.getOrDefault(word[0], m.getQueueId()), m.getQueueId());
            queueOf.put(word[0], m.getQueueId());
        }
        next.forEach((key, steps) -> report.equal("steps of " + key, STEPS, steps));
    }

    private Ordered() {
    }
}
