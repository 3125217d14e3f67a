package gannet;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
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
        send(producer, topic, 0, STEPS);
        Tally tally = new Tally();
        for (int member = 0; member < 2; member++) {
            DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
            consumer.setInstanceName(cluster.name("member" + member)); // old clients are the same in one process without
            tally.attach(consumer, true);
            consumer.start();
        }
        if (tally.await(KEYS * STEPS, Cluster.LIMIT_MILLIS)) tally.quiet(Cluster.QUIET_MILLIS);
        report.equal("distinct bodies", KEYS * STEPS, tally.distinct());
        report.equal("order violations", 0, tally.orderViolations());
        checkKeys(report, tally.messages());
        tally.facts(report);
    }

    /**
     * The member that holds the locks of the queues leaves while most of what is in them waits: the one that stays goes on where that
     * was, and no step is seen before the one before it.
     */
    static void handover(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 2);
        Tally tally = new Tally();
        DefaultMQPushConsumer leaves = cluster.push("group", topic, "*");
        leaves.setInstanceName(cluster.name("leaves"));
        slowly(leaves, tally);
        send(producer, topic, 0, STEPS);
        leaves.start();
        tally.await(KEYS, Cluster.LIMIT_MILLIS);
        DefaultMQPushConsumer stays = cluster.push("group", topic, "*");
        stays.setInstanceName(cluster.name("stays"));
        tally.attach(stays, true);
        stays.start();
        leaves.shutdown();
        report.expect(tally.distinct() < KEYS * STEPS, "nothing waited when the member left");
        if (tally.await(KEYS * STEPS, Cluster.LIMIT_MILLIS)) tally.quiet(Cluster.QUIET_MILLIS);
        report.equal("distinct bodies", KEYS * STEPS, tally.distinct());
        checkKeys(report, tally.messages());
        tally.facts(report);
    }

    /** A member that takes 10 ms for each message. */
    private static void slowly(DefaultMQPushConsumer consumer, Tally tally) {
        consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
            for (MessageExt m : batch) {
                try {
                    Thread.sleep(10);
                } catch (InterruptedException leaving) {
                    return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
                }
                tally.add(m);
            }
            return ConsumeOrderlyStatus.SUCCESS;
        });
    }

    private static void send(DefaultMQProducer producer, String topic, int from, int end) throws Exception {
        for (int step = from; step < end; step++) {
            for (int key = 0; key < KEYS; key++) {
                byte[] body = ("order" + key + " " + step).getBytes(StandardCharsets.UTF_8);
                producer.send(new Message(topic, body), new SelectMessageQueueByHash(), "order" + key);
            }
        }
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
