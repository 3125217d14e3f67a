package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Light queues, of a broker with enableLmq and enableMultiDispatch: every message is in one of them, each second one in
 * another too. To a client a light queue is a topic with one queue that has no route, so nobody can subscribe to it: it
 * is pulled from, or assigned, once the client knows its broker by the topic that the messages were sent to.
 */
@SuppressWarnings("deprecation")
public final class LightQueues {
    private static final String PREFIX = "%LMQ%";
    private static final int SENT = 20;
    private static final int PULL = 32;

    private final Cluster cluster;
    private final Report report;
    private final DefaultMQProducer producer;
    private final MessageQueue parent;
    private final MessageQueue all;
    private final MessageQueue odd;

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix");
        Report report = new Report("LightQueues");
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.text("prefix", "L" + Long.toString(System.currentTimeMillis(), 36)))) {
            new LightQueues(cluster, report).run();
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private LightQueues(Cluster cluster, Report report) throws Exception {
        this.cluster = cluster;
        this.report = report;
        producer = cluster.producer();
        parent = producer.fetchPublishMessageQueues(cluster.topic(producer, "topic", 2)).get(0);
        all = light("all");
        odd = light("odd");
    }

    private MessageQueue light(String name) {
        return new MessageQueue(PREFIX + cluster.name(name), parent.getBrokerName(), 0);
    }

    private void run() throws Exception {
        DefaultMQPullConsumer consumer = cluster.pull("group");
        consumer.maxOffset(parent); // makes the broker known
        CompletableFuture<PullResult> held = Pulling.hold(consumer, all, "*", 0);
        for (int i = 0; i < SENT; i++) {
            boolean both = i % 2 == 1;
            Message m = new Message(parent.getTopic(), both ? "odd" : "even", ("m" + i).getBytes(StandardCharsets.UTF_8));
            MessageAccessor.putProperty(m, "INNER_MULTI_DISPATCH", all.getTopic() + (both ? "," + odd.getTopic() : ""));
            producer.send(m);
        }
        report.equal("held pull", PullStatus.FOUND, held.get(20, TimeUnit.SECONDS).getPullStatus());
        for (MessageQueue q : List.of(all, odd)) pulled(consumer, q);
        PullResult tagged = consumer.pull(all, "odd", 0, SENT / 2);
        report.equal("pulled by tag", bodies(odd), bodies(tagged.getMsgFoundList()));
        report.equal("next after the tag", (long) SENT, tagged.getNextBeginOffset());
        unknown(consumer);
        assigned();
        committed(consumer);
    }

    private static long end(MessageQueue q) {
        return q.getTopic().endsWith("all") ? SENT : SENT / 2;
    }

    /** What is in a light queue, from the first offset on. */
    private static List<String> bodies(MessageQueue q) {
        List<String> list = new ArrayList<>();
        for (int at = 0; at < end(q); at++) list.add("m" + (end(q) == SENT ? at : 2 * at + 1));
        return list;
    }

    private static List<String> bodies(List<MessageExt> messages) {
        List<String> list = new ArrayList<>();
        messages.forEach(m -> list.add(Tally.body(m)));
        return list;
    }

    /** A light queue has offsets of its own. */
    private void pulled(DefaultMQPullConsumer consumer, MessageQueue q) throws Exception {
        long end = end(q);
        Cluster.until(q + " of " + end, () -> consumer.maxOffset(q) == end);
        report.equal("min of " + q, 0L, consumer.minOffset(q));
        report.equal("offset of the first of " + q, 0L, consumer.searchOffset(q, 0));
        List<MessageExt> got = new ArrayList<>();
        while (got.size() < end) {
            PullResult r = consumer.pull(q, "*", got.size(), PULL);
            if (!report.equal("status at " + got.size() + " of " + q, PullStatus.FOUND, r.getPullStatus())) return;
            got.addAll(r.getMsgFoundList());
            report.equal("next in " + q, (long) got.size(), r.getNextBeginOffset());
            report.equal("max of " + q, end, r.getMaxOffset());
        }
        report.equal("pulled from " + q, bodies(q), bodies(got));
        report.equal("at the end of " + q, PullStatus.NO_NEW_MSG, consumer.pull(q, "*", end, PULL).getPullStatus());
        PullResult behind = consumer.pull(q, "*", end + 7, PULL);
        report.equal("behind the end of " + q, PullStatus.OFFSET_ILLEGAL, behind.getPullStatus());
        report.equal("next behind the end of " + q, end, behind.getNextBeginOffset());
    }

    /** Nobody is told of a light queue, and one that no message named is empty. */
    private void unknown(DefaultMQPullConsumer consumer) throws Exception {
        report.equal("a route of " + all, false, routed(all));
        MessageQueue none = light("none");
        report.equal("max of " + none, 0L, consumer.maxOffset(none));
        report.equal("min of " + none, 0L, consumer.minOffset(none));
        report.equal("in " + none, PullStatus.NO_NEW_MSG, consumer.pull(none, "*", 0, PULL).getPullStatus());
    }

    private boolean routed(MessageQueue q) {
        try {
            return !producer.fetchPublishMessageQueues(q.getTopic()).isEmpty();
        } catch (MQClientException noRoute) {
            return false;
        }
    }

    /** A consumer with light queues assigned begins with the first message, and goes back. */
    private void assigned() throws Exception {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(cluster.name("assigned"));
        cluster.connect(consumer, consumer::shutdown);
        consumer.setAutoCommit(false); // it would commit offsets of the messages' own queues
        consumer.start();
        consumer.offsetForTimestamp(parent, 0L); // makes the broker known
        for (MessageQueue q : List.of(all, odd)) {
            consumer.assign(List.of(q));
            report.equal("polled from " + q, bodies(q), poll(consumer, (int) end(q)));
        }
        consumer.seek(odd, 3);
        report.equal("polled after seek", bodies(odd).subList(3, SENT / 2), poll(consumer, SENT / 2 - 3));
    }

    /** Polls until count messages came, then once more for a surplus. */
    private static List<String> poll(DefaultLitePullConsumer consumer, int count) throws Exception {
        List<MessageExt> got = new ArrayList<>();
        Cluster.until(count + " polled messages", () -> {
            got.addAll(consumer.poll(100));
            return got.size() >= count;
        });
        got.addAll(consumer.poll(Cluster.QUIET_MILLIS));
        return bodies(got);
    }

    /** Offsets of groups; a light group has one for each light queue, whatever number of a queue it says. */
    private void committed(DefaultMQPullConsumer consumer) throws Exception {
        String group = cluster.name("group");
        consumer.getOffsetStore().updateConsumeOffsetToBroker(odd, 7, false);
        report.equal("committed", 7L, Protocol.committed(producer, group, odd));
        report.equal("of another group", 0L, Protocol.committed(producer, PREFIX + group, odd));

        DefaultMQPullConsumer light = new DefaultMQPullConsumer(PREFIX + group);
        cluster.connect(light, light::shutdown);
        light.start();
        light.maxOffset(parent);
        light.getOffsetStore().updateConsumeOffsetToBroker(odd, 4, false);
        report.equal("committed by a light group", 4L, Protocol.committed(producer, PREFIX + group, odd));
        MessageQueue other = new MessageQueue(odd.getTopic(), odd.getBrokerName(), 5);
        report.equal("of another number", 4L, Protocol.committed(producer, PREFIX + group, other));
        report.equal("of the group that is not light", 7L, Protocol.committed(producer, group, odd));
    }
}
