package gannet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** The cluster under test as one scenario sees it: own topics and groups, and clients that end with the scenario. */
final class Cluster implements AutoCloseable {
    /**
     * Longest wait for anything that a healthy cluster does in milliseconds. It must exceed two rebalances: a 5.x client
     * whose first rebalance meets its own heartbeat pulls with a subscription that the broker does not know yet, and
     * repairs that only at the next rebalance, 20 s later.
     */
    static final long LIMIT_MILLIS = 90_000;
    /** Time-out of one request, longer than the client's 3 s: it closes the connection of a request that timed out. */
    static final int PATIENT_MILLIS = 10_000;
    /** How long a finished consumer is watched for messages that must not come. */
    static final long QUIET_MILLIS = 300;

    private final String namesrv;
    private final String prefix;
    private final Deque<Runnable> closing = new ArrayDeque<>();

    /** @param prefix begins every topic and group name, so that runs do not see each other */
    Cluster(String namesrv, String prefix) {
        this.namesrv = namesrv;
        this.prefix = prefix;
    }

    String name(String suffix) {
        return prefix + "_" + suffix;
    }

    DefaultMQProducer producer() throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(name("producer"));
        producer.setSendMsgTimeout(PATIENT_MILLIS);
        connect(producer, producer::shutdown);
        producer.start();
        return producer;
    }

    /** Has a client that is not started yet use this cluster, and end with the scenario. */
    void connect(ClientConfig client, Runnable shutdown) {
        client.setNamesrvAddr(namesrv);
        Version.patient(client, PATIENT_MILLIS);
        closing.push(shutdown);
    }

    /** The address of the one broker. */
    static String broker(DefaultMQProducer asker, String topic) throws Exception {
        Version.instance(asker).updateTopicRouteInfoFromNameServer(topic); // 5.x learns addresses with no question but this
        return Version.instance(asker).findBrokerAddressInPublish(asker.fetchPublishMessageQueues(topic).get(0).getBrokerName());
    }

    String topic(DefaultMQProducer producer, String suffix, int queues) throws Exception {
        createTopic(producer, name(suffix), queues);
        return name(suffix);
    }

    /** Creates the topic through the client, as applications do, and waits until the route shows all its queues. */
    static void createTopic(DefaultMQProducer producer, String topic, int queues) throws Exception {
        Protocol.createTopic(producer, "TBW102", topic, queues);
        until("route of " + topic, () -> {
            try {
                return producer.fetchPublishMessageQueues(topic).size() == queues;
            } catch (Exception notYet) {
                return false;
            }
        });
    }

    /** A push consumer that reads from the first offset; the caller attaches a listener and starts it. */
    DefaultMQPushConsumer push(String group, String topic, String tags) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(name(group));
        connect(consumer, consumer::shutdown);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, tags);
        return consumer;
    }

    /** A started classic pull consumer. */
    DefaultMQPullConsumer pull(String group) throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(name(group));
        connect(consumer, consumer::shutdown);
        consumer.start();
        return consumer;
    }

    /** Consumes the whole topic with a new group and expects exactly these bodies, each once. */
    List<MessageExt> expectBodies(Report report, String topic, Collection<String> want) throws Exception {
        Tally tally = new Tally();
        DefaultMQPushConsumer consumer = push("verify_" + topic, topic, "*");
        tally.attach(consumer, false);
        consumer.start();
        if (tally.await(want.size(), LIMIT_MILLIS)) tally.quiet(QUIET_MILLIS);
        Set<String> missing = new TreeSet<>(want);
        missing.removeAll(tally.distinctBodies());
        Set<String> foreign = new TreeSet<>(tally.distinctBodies());
        foreign.removeAll(want);
        report.equal("missing bodies", Set.of(), missing);
        report.equal("foreign bodies", Set.of(), foreign);
        report.equal("duplicates", 0, tally.duplicates());
        report.fact("received", tally.messages().size());
        return tally.messages();
    }

    /** Waits until the committed offsets of all queues add up to total. Ending consumers commit without an answer. */
    void untilCommitted(DefaultMQProducer asker, String group, String topic, long total) throws Exception {
        List<MessageQueue> queues = asker.fetchPublishMessageQueues(topic);
        until(total + " committed by " + group, () -> {
            long sum = 0;
            for (MessageQueue q : queues) sum += Protocol.committed(asker, name(group), q);
            return sum == total;
        });
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    /** Asks every 10 ms until the condition holds; throws after LIMIT_MILLIS. */
    static void until(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + LIMIT_MILLIS * 1_000_000;
        while (!condition.holds()) {
            if (System.nanoTime() > end) throw new IllegalStateException("waited " + LIMIT_MILLIS + " ms for " + what);
            Thread.sleep(10);
        }
    }

    static List<MessageQueue> sorted(Collection<MessageQueue> queues) {
        List<MessageQueue> list = new ArrayList<>(queues);
        Collections.sort(list);
        return list;
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) closing.pop().run();
    }
}
