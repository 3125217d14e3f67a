package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullCallback;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** DefaultMQPullConsumer: every pull status, stored consumer offsets, and the long poll. */
@SuppressWarnings("deprecation")
final class Pulling {
    private static final int COUNT = 70;

    static void classic(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 2);
        MessageQueue queue = Cluster.sorted(producer.fetchPublishMessageQueues(topic)).get(0);
        for (int i = 0; i < COUNT; i++) {
            producer.send(new Message(topic, i % 2 == 0 ? "even" : "odd", ("body " + i).getBytes(StandardCharsets.UTF_8)), queue);
        }
        DefaultMQPullConsumer consumer = cluster.pull("group");
        report.equal("queues", 2, consumer.fetchSubscribeMessageQueues(topic).size());
        Cluster.until("queue of " + COUNT, () -> consumer.maxOffset(queue) == COUNT);

        found(report, consumer.pull(queue, "*", 0, 32), 0, 32);
        found(report, consumer.pull(queue, "*", 50, 32), 50, 20);
        PullResult odd = consumer.pull(queue, "odd", 0, 10);
        report.equal("odd status", PullStatus.FOUND, odd.getPullStatus());
        List<Long> offsets = new ArrayList<>();
        odd.getMsgFoundList().forEach(m -> offsets.add(m.getQueueOffset()));
        report.equal("odd offsets", List.of(1L, 3L, 5L, 7L, 9L, 11L, 13L, 15L, 17L, 19L), offsets);

        without(report, "nobody's tag", consumer.pull(queue, "nobody", 0, 32), PullStatus.NO_MATCHED_MSG, COUNT);
        without(report, "at the end", consumer.pull(queue, "*", COUNT, 32), PullStatus.NO_NEW_MSG, COUNT);
        without(report, "behind the end", consumer.pull(queue, "*", COUNT + 7, 32), PullStatus.OFFSET_ILLEGAL, COUNT);
        MessageQueue empty = Cluster.sorted(producer.fetchPublishMessageQueues(topic)).get(1);
        without(report, "empty queue", consumer.pull(empty, "*", 0, 32), PullStatus.NO_NEW_MSG, 0);
        without(report, "behind empty queue", consumer.pull(empty, "*", 3, 32), PullStatus.OFFSET_ILLEGAL, 0);
        storedOffset(cluster, report, producer, consumer, queue);
    }

    private static void found(Report report, PullResult r, long from, int count) {
        String what = "pull from " + from;
        if (!report.equal(what + " status", PullStatus.FOUND, r.getPullStatus())) return;
        report.equal(what + " count", count, r.getMsgFoundList().size());
        report.equal(what + " next", from + count, r.getNextBeginOffset());
        report.equal(what + " min", 0L, r.getMinOffset());
        report.equal(what + " max", (long) COUNT, r.getMaxOffset());
        long offset = from;
        for (MessageExt m : r.getMsgFoundList()) {
            report.equal(what + " offset", offset, m.getQueueOffset());
            report.equal(what + " body", "body " + offset, Tally.body(m));
            offset++;
        }
    }

    private static void without(Report report, String what, PullResult r, PullStatus status, long next) {
        report.equal(what + " status", status, r.getPullStatus());
        report.equal(what + " next", next, r.getNextBeginOffset());
    }

    /** 0 before the first commit of a queue whose first message is still in memory; then what was committed. */
    private static void storedOffset(Cluster cluster, Report report, DefaultMQProducer producer, DefaultMQPullConsumer consumer,
        MessageQueue queue) throws Exception {
        report.equal("offset before a commit", 0L, consumer.fetchConsumeOffset(queue, true));
        consumer.getOffsetStore().updateConsumeOffsetToBroker(queue, 33, false);
        report.equal("offset as stored", 33L, Protocol.committed(producer, cluster.name("group"), queue));
        report.equal("offset read by the member", 33L, consumer.fetchConsumeOffset(queue, true));
    }

    /** A pull at the end of the queue is held by the broker and answered by the next message, not by a time-out. */
    static void longPoll(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 1);
        MessageQueue queue = Cluster.sorted(producer.fetchPublishMessageQueues(topic)).get(0);
        DefaultMQPullConsumer consumer = cluster.pull("group");
        consumer.setBrokerSuspendMaxTimeMillis(15_000);
        long slowest = 0;
        for (int i = 0; i < 5; i++) {
            CompletableFuture<PullResult> held = hold(consumer, queue, "*", i);
            report.expect(waits(held), "pull %d was answered before a message came", i);
            long start = System.nanoTime();
            producer.send(new Message(topic, ("wake " + i).getBytes(StandardCharsets.UTF_8)));
            PullResult r = held.get(10, TimeUnit.SECONDS);
            slowest = Math.max(slowest, (System.nanoTime() - start) / 1_000_000);
            if (report.equal("status " + i, PullStatus.FOUND, r.getPullStatus())) {
                report.equal("body " + i, "wake " + i, Tally.body(r.getMsgFoundList().get(0)));
            }
        }
        report.expect(slowest < 5_000, "slowest wake-up %d ms", slowest);
        report.fact("slowestWakeMillis", slowest);
    }

    /** A message with another tag leaves a pull at the end of the queue where it is; one with its tag answers it. */
    static void byTag(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 1);
        MessageQueue queue = Cluster.sorted(producer.fetchPublishMessageQueues(topic)).get(0);
        DefaultMQPullConsumer consumer = cluster.pull("group");
        consumer.setBrokerSuspendMaxTimeMillis(15_000);
        long end = 0;
        int undisturbed = 0; // one is enough: a broker may look at its own times too, and a pull be later than the message
        for (int i = 0; i < 3; i++) {
            CompletableFuture<PullResult> held = hold(consumer, queue, "wanted", end);
            waits(held);
            producer.send(new Message(topic, "other", ("other " + i).getBytes(StandardCharsets.UTF_8)));
            boolean waited = waits(held);
            producer.send(new Message(topic, "wanted", ("wanted " + i).getBytes(StandardCharsets.UTF_8)));
            end += 2;
            PullResult r = held.get(10, TimeUnit.SECONDS);
            if (!waited) continue;
            undisturbed++;
            if (report.equal("status " + i, PullStatus.FOUND, r.getPullStatus())) {
                report.equal("messages " + i, 1, r.getMsgFoundList().size());
                report.equal("body " + i, "wanted " + i, Tally.body(r.getMsgFoundList().get(0)));
            }
        }
        report.expect(undisturbed > 0, "each of three pulls was answered when a message with another tag came");
        report.fact("undisturbed", undisturbed);
    }

    /** Whether it is without an answer for a while. */
    private static boolean waits(CompletableFuture<PullResult> held) throws Exception {
        try {
            held.get(300, TimeUnit.MILLISECONDS);
            return false;
        } catch (java.util.concurrent.TimeoutException stillHeld) {
            return true;
        }
    }

    static CompletableFuture<PullResult> hold(DefaultMQPullConsumer consumer, MessageQueue queue, String tags, long offset)
        throws Exception {
        CompletableFuture<PullResult> result = new CompletableFuture<>();
        consumer.pullBlockIfNotFound(queue, tags, offset, 32, new PullCallback() {
            @Override
            public void onSuccess(PullResult r) {
                result.complete(r);
            }

            @Override
            public void onException(Throwable cause) {
                result.completeExceptionally(cause);
            }
        });
        return result;
    }

    private Pulling() {
    }
}
