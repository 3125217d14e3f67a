package gannet;

import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Where new groups begin in a topic of one queue whose first messages were deleted: where they ask to, at the end or at a time. */
@SuppressWarnings("deprecation")
public final class Trimmed {
    private static final int NEW = 5;

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix", "topic");
        Report report = new Report("Trimmed");
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.text("prefix", "Trimmed"))) {
            run(cluster, args.need("topic"), report);
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private static void run(Cluster cluster, String topic, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        MessageQueue queue = producer.fetchPublishMessageQueues(topic).get(0);
        DefaultMQPullConsumer looker = cluster.pull("looker");
        long min = looker.minOffset(queue);
        long old = looker.maxOffset(queue);
        report.expect(min > 0 && min < old, "the queue is from %d to %d", min, old);

        LocalDateTime second = LocalDateTime.now().plusSeconds(1).withNano(0);
        Cluster.until("a full second", () -> LocalDateTime.now().isAfter(second));
        for (int i = 0; i < NEW; i++) producer.send(new Message(topic, ("new " + i).getBytes(StandardCharsets.UTF_8)));
        report.equal("offset of a group that never was", -1L, Protocol.committed(producer, cluster.name("nobody"), queue));

        Map<ConsumeFromWhere, Tally> tallies = new TreeMap<>();
        List<DefaultMQPushConsumer> consumers = new ArrayList<>();
        for (ConsumeFromWhere where : List.of(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET, ConsumeFromWhere.CONSUME_FROM_TIMESTAMP)) {
            DefaultMQPushConsumer consumer = cluster.push("group_" + where, topic, "*");
            consumer.setConsumeFromWhere(where);
            consumer.setConsumeTimestamp(second.format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss")));
            Tally tally = new Tally();
            tally.attach(consumer, false);
            consumer.start();
            tallies.put(where, tally);
            consumers.add(consumer);
        }
        for (DefaultMQPushConsumer consumer : consumers) {
            // A member has the queue when it has found out where to begin.
            Cluster.until("a queue for " + consumer.getConsumerGroup(),
                () -> consumer.getDefaultMQPushConsumerImpl().consumerRunningInfo().getMqTable().containsKey(queue));
        }
        producer.send(new Message(topic, "last".getBytes(StandardCharsets.UTF_8)));
        begun(report, tallies.get(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET), "last", old + NEW, old + NEW + 1);
        begun(report, tallies.get(ConsumeFromWhere.CONSUME_FROM_TIMESTAMP), "timestamp", old, old + NEW + 1);
        report.fact("min", min).fact("old", old);
    }

    /** The group was given exactly the offsets from from up to end. */
    private static void begun(Report report, Tally tally, String where, long from, long end) throws Exception {
        tally.await((int) (end - from), Cluster.LIMIT_MILLIS);
        tally.quiet(Cluster.QUIET_MILLIS);
        report.equal("offsets, " + where, LongStream.range(from, end).boxed().collect(Collectors.toCollection(TreeSet::new)),
            tally.messages().stream().map(MessageExt::getQueueOffset).collect(Collectors.toCollection(TreeSet::new)));
    }

    private Trimmed() {
    }
}
