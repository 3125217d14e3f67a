package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Counts what a consumer was given: distinct bodies, repeats, and per queue how often an offset came after a higher one.
 * All methods may be called from consumer threads.
 */
final class Tally {
    private final Map<String, Integer> bodies = new HashMap<>();
    private final Map<String, Integer> perQueue = new TreeMap<>();
    private final Map<String, Integer> violations = new TreeMap<>();
    private final Map<String, Long> lastOffset = new HashMap<>();
    private final List<MessageExt> messages = new ArrayList<>();
    private int received;

    synchronized void add(MessageExt m) {
        String queue = Version.broker(m) + "-" + m.getQueueId();
        received++;
        messages.add(m);
        perQueue.merge(queue, 1, Integer::sum);
        boolean repeat = bodies.merge(body(m), 1, Integer::sum) > 1;
        long last = lastOffset.getOrDefault(queue, -1L);
        if (m.getQueueOffset() <= last && !repeat) violations.merge(queue, 1, Integer::sum);
        lastOffset.put(queue, Math.max(last, m.getQueueOffset()));
        notifyAll();
    }

    /** Lets a push consumer feed this tally; orderly chooses MessageListenerOrderly. */
    void attach(DefaultMQPushConsumer consumer, boolean orderly) {
        if (orderly) {
            consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
                batch.forEach(this::add);
                return ConsumeOrderlyStatus.SUCCESS;
            });
            return;
        }
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            batch.forEach(this::add);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
    }

    /** Waits until want distinct bodies came; false when limitMillis passed first. */
    synchronized boolean await(int want, long limitMillis) throws InterruptedException {
        long end = System.nanoTime() + limitMillis * 1_000_000;
        while (bodies.size() < want) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) return false;
            wait(left);
        }
        return true;
    }

    /** Waits quietMillis for a message beyond those already received; true when none came. */
    synchronized boolean quiet(long quietMillis) throws InterruptedException {
        int before = received;
        long end = System.nanoTime() + quietMillis * 1_000_000;
        for (long left = quietMillis; left > 0 && received == before; left = (end - System.nanoTime()) / 1_000_000) wait(left);
        return received == before;
    }

    synchronized int distinct() {
        return bodies.size();
    }

    synchronized int duplicates() {
        return received - bodies.size();
    }

    synchronized int orderViolations() {
        return violations.values().stream().mapToInt(Integer::intValue).sum();
    }

    synchronized List<MessageExt> messages() {
        return new ArrayList<>(messages);
    }

    synchronized List<String> distinctBodies() {
        return new ArrayList<>(bodies.keySet());
    }

    synchronized void facts(Report report) {
        report.fact("received", received).fact("distinct", bodies.size()).fact("duplicates", duplicates())
            .fact("orderViolations", orderViolations()).fact("queueViolations", new TreeMap<>(violations))
            .fact("queues", new TreeMap<>(perQueue));
    }

    static String body(MessageExt m) {
        return new String(m.getBody(), StandardCharsets.UTF_8);
    }
}
