package gannet;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.MessageQueueSelector;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * An ordered topic, for which the name server names two queues: a producer is given just these to choose from, follows when the name
 * server names others, and none, and a consumer has everything in order from all queues. For a name server with orderMessageEnable=true.
 */
public final class OrderedTopic {
    private static final String NAMESPACE = "ORDER_TOPIC_CONFIG";
    private static final int PUT = 100;
    private static final int DELETE = 102;
    private static final int KEYS = 24;
    private static final int STEPS = 5;

    private final Report report;
    private final String namesrv;
    private final String topic;
    private final int queues;
    private final DefaultMQProducer producer;
    private int sent;

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "topic", "queues");
        Report report = new Report("OrderedTopic");
        String topic = args.need("topic");
        try (Cluster cluster = new Cluster(args.need("namesrv"), topic)) {
            new OrderedTopic(cluster, report, args.need("namesrv"), topic, args.number("queues", 8)).run(cluster);
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private OrderedTopic(Cluster cluster, Report report, String namesrv, String topic, int queues) {
        this.report = report;
        this.namesrv = namesrv;
        this.topic = topic;
        this.queues = queues;
        producer = new DefaultMQProducer(cluster.name("producer"));
        producer.setPollNameServerInterval(100);
        producer.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
        cluster.connect(producer, producer::shutdown);
    }

    private void run(Cluster cluster) throws Exception {
        producer.start();
        DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
        consumer.setInstanceName(cluster.name("consumer"));
        Tally tally = new Tally();
        tally.attach(consumer, true);
        consumer.start();
        String broker = producer.fetchPublishMessageQueues(topic).get(0).getBrokerName();
        send("named", 2);
        Direct.tell(producer, namesrv, PUT, null, "namespace", NAMESPACE, "key", topic, "value", broker + ":5");
        send("changed", 5);
        Direct.tell(producer, namesrv, PUT, null, "namespace", NAMESPACE, "key", topic, "value", broker + ":1;elsewhere:3"); // sends go to the first
        report.equal("queues of two brokers", "broker-0 elsewhere-0 elsewhere-1 elsewhere-2", queuesOf(broker));
        Direct.tell(producer, namesrv, DELETE, null, "namespace", NAMESPACE, "key", topic);
        send("deleted", queues);
        report.equal("queues to read from", queues, consumer.fetchSubscribeMessageQueues(topic).size());

        if (tally.await(sent, Cluster.LIMIT_MILLIS)) tally.quiet(Cluster.QUIET_MILLIS);
        report.equal("distinct bodies", sent, tally.distinct());
        report.equal("order violations", 0, tally.orderViolations());
        checkKeys(tally.messages());
        tally.facts(report);
    }

    /** What a route tells at once. */
    private String queuesOf(String broker) throws Exception {
        TreeSet<String> names = new TreeSet<>();
        for (MessageQueue q : producer.fetchPublishMessageQueues(topic)) {
            names.add((q.getBrokerName().equals(broker) ? "broker" : q.getBrokerName()) + "-" + q.getQueueId());
        }
        return String.join(" ", names);
    }

    /** Sends steps of keys when the producer has come to know so many queues: all of them are used, and only they. */
    private void send(String stage, int count) throws Exception {
        AtomicInteger known = new AtomicInteger();
        MessageQueueSelector first = (all, m, key) -> {
            known.set(all.size());
            return all.get(0);
        };
        Cluster.until(count + " queues to send to when they are " + stage, () -> {
            producer.send(new Message(topic, ("probe-" + sent + " 0").getBytes(StandardCharsets.UTF_8)), first, null);
            sent++;
            return known.get() == count;
        });
        TreeSet<Integer> used = new TreeSet<>();
        for (int step = 0; step < STEPS; step++) {
            for (int key = 0; key < KEYS; key++) {
                byte[] body = (stage + key + " " + step).getBytes(StandardCharsets.UTF_8);
                MessageQueueSelector selector = (all, m, number) -> {
                    report.equal("queues to choose from when they are " + stage, count, all.size());
                    return all.get((Integer) number % all.size());
                };
                used.add(producer.send(new Message(topic, body), selector, key).getMessageQueue().getQueueId());
                sent++;
            }
        }
        TreeSet<Integer> want = new TreeSet<>();
        for (int q = 0; q < count; q++) want.add(q);
        report.equal("queues used when they are " + stage, want, used);
    }

    private void checkKeys(List<MessageExt> messages) {
        Map<String, Integer> next = new HashMap<>();
        for (MessageExt m : messages) {
            String[] word = Tally.body(m).split(" ");
            report.equal("step of " + word[0], next.merge(word[0], 1, Integer::sum) - 1, Integer.parseInt(word[1]));
        }
    }
}
