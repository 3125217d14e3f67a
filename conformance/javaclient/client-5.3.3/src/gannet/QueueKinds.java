package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullCallback;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Topics with batch queues (queue.type=BatchCQ), and light queues: of a broker with enableLmq and enableMultiDispatch.
 * Prints one JSON line for each.
 */
@SuppressWarnings("deprecation")
public final class QueueKinds {
    private static final int PULL = 32;

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix");
        String namesrv = args.need("namesrv");
        String prefix = args.text("prefix", "K" + Long.toString(System.currentTimeMillis(), 36));
        boolean ok = run(new Cluster(namesrv, prefix + "_batch"), "batchqueues", QueueKinds::batches).print();
        ok &= run(new Cluster(namesrv, prefix + "_light"), "lightqueues", QueueKinds::light).print();
        System.exit(ok ? 0 : 1);
    }

    private static Report run(Cluster cluster, String name, Scenario.Step step) {
        Report report = new Report(name);
        try (cluster) {
            step.run(cluster, report);
        } catch (Throwable e) {
            report.failed(e);
        }
        return report.end();
    }

    private static Message message(String topic, String body) {
        return new Message(topic, body.getBytes(StandardCharsets.UTF_8));
    }

    /** Inner batches of 1 to 7 and single messages: offsets, pulls from each offset, singly consumed. */
    private static void batches(Cluster cluster, Report report) throws Exception {
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

    /** Messages with places in light queues: read by a pull that waited and by offset; offsets of groups. */
    private static void light(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 2);
        String[] names = {"%LMQ%" + cluster.name("a"), "%LMQ%" + cluster.name("b")};
        String broker = producer.fetchPublishMessageQueues(topic).get(0).getBrokerName();
        MessageQueue a = new MessageQueue(names[0], broker, 0), b = new MessageQueue(names[1], broker, 0);
        DefaultMQPullConsumer consumer = cluster.pull("group");
        // The name server knows no light queue; its broker's address comes with the route of the topic.
        consumer.getDefaultMQPullConsumerImpl().getRebalanceImpl().getmQClientFactory().updateTopicRouteInfoFromNameServer(topic);
        CompletableFuture<PullResult> held = hold(consumer, a);
        for (int i = 0; i < 20; i++) {
            Message m = message(topic, "m" + i);
            MessageAccessor.putProperty(m, "INNER_MULTI_DISPATCH", i % 2 == 0 ? names[0] : names[0] + "," + names[1]);
            producer.send(m);
        }
        report.equal("held pull", PullStatus.FOUND, held.get(20, TimeUnit.SECONDS).getPullStatus());
        for (MessageQueue q : List.of(a, b)) {
            long end = q == a ? 20 : 10;
            Cluster.until(q.getTopic() + " of " + end, () -> consumer.maxOffset(q) == end);
            report.equal("min of " + q.getTopic(), 0L, consumer.minOffset(q));
            for (long at = 0; at < end; ) {
                PullResult r = consumer.pull(q, "*", at, PULL);
                if (!report.equal("status", PullStatus.FOUND, r.getPullStatus())) return;
                for (MessageExt m : r.getMsgFoundList()) {
                    report.equal("body of " + q.getTopic(), "m" + (q == a ? at : 2 * at + 1), Tally.body(m));
                    at++;
                }
            }
        }
        consumer.getOffsetStore().updateConsumeOffsetToBroker(b, 7, false);
        report.equal("committed", 7L, Protocol.committed(producer, cluster.name("group"), b));
        report.equal("of another group", 0L, Protocol.committed(producer, "%LMQ%" + cluster.name("group"), b));
    }

    private static CompletableFuture<PullResult> hold(DefaultMQPullConsumer consumer, MessageQueue queue) throws Exception {
        CompletableFuture<PullResult> result = new CompletableFuture<>();
        consumer.pullBlockIfNotFound(queue, "*", 0, PULL, new PullCallback() {
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

    private QueueKinds() {
    }
}
