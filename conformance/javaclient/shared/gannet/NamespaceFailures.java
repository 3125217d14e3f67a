package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * What fails in one of two namespaces that have a topic and a group of the same name: it comes again to its own group, under the name
 * that the application knows, and dies in that namespace. For a broker whose first level is short.
 */
public final class NamespaceFailures {
    private static final int COUNT = 10;
    private static final String FAILING = "fails";
    private static final String SOUND = "sound";

    private final Cluster cluster;
    private final Report report;
    private final String topic;
    private final DefaultMQProducer asker;

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix");
        Report report = new Report("NamespaceFailures");
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.text("prefix", "NF"))) {
            NamespaceFailures n = new NamespaceFailures(cluster, report);
            n.concurrently();
            n.orderly();
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private NamespaceFailures(Cluster cluster, Report report) throws Exception {
        this.cluster = cluster;
        this.report = report;
        topic = cluster.name("topic");
        asker = cluster.producer();
        for (String space : List.of(FAILING, SOUND)) {
            DefaultMQProducer producer = new DefaultMQProducer(space(space), cluster.name("producer"));
            cluster.connect(producer, producer::shutdown);
            producer.setInstanceName(cluster.name(space));
            producer.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
            producer.start();
            for (int i = 0; i < COUNT; i++) {
                producer.send(new Message(topic, "tag", "key" + i, body(space, i).getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    /** A namespace of this run. */
    private String space(String name) {
        return cluster.name(name);
    }

    /** A name as the broker has it. */
    private String full(String space, String name) {
        return space(space) + "%" + name;
    }

    private static String body(String space, int i) {
        return space + " " + i;
    }

    /** The even ones come a third time and are consumed then, the odd ones die after it. */
    private static boolean dies(MessageExt m) {
        return Integer.parseInt(m.getKeys().substring(3)) % 2 == 1;
    }

    private DefaultMQPushConsumer consumer(String space, String group) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(space(space), cluster.name(group));
        cluster.connect(consumer, consumer::shutdown);
        consumer.setInstanceName(cluster.name(space + group));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.setMaxReconsumeTimes(2);
        consumer.subscribe(topic, "tag");
        return consumer;
    }

    private void concurrently() throws Exception {
        List<MessageExt> came = Collections.synchronizedList(new ArrayList<>());
        DefaultMQPushConsumer failing = consumer(FAILING, "group");
        failing.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            MessageExt m = batch.get(0);
            came.add(m);
            context.setDelayLevelWhenNextConsume(1);
            if (dies(m) || m.getReconsumeTimes() < 2) return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        Tally sound = new Tally();
        DefaultMQPushConsumer consuming = consumer(SOUND, "group");
        sound.attach(consuming, false);
        failing.start();
        consuming.start();
        Cluster.until("three deliveries of each", () -> came.size() >= 3 * COUNT);
        for (MessageExt m : dead(FAILING, "group", COUNT / 2)) {
            report.expect(dies(m), "%s is a dead letter", Tally.body(m));
            report.equal("times of a dead letter", 3, m.getReconsumeTimes());
            report.equal("origin of a dead letter", full(FAILING, topic), m.getProperty("RETRY_TOPIC"));
        }
        report.expect(sound.await(COUNT, Cluster.LIMIT_MILLIS), "%d messages in the other namespace", sound.distinct());

        Map<String, List<Integer>> times = new TreeMap<>();
        Map<String, List<Integer>> want = new TreeMap<>();
        for (int i = 0; i < COUNT; i++) want.put(body(FAILING, i), List.of(0, 1, 2));
        for (MessageExt m : new ArrayList<>(came)) {
            times.computeIfAbsent(Tally.body(m), k -> new ArrayList<>()).add(m.getReconsumeTimes());
            report.equal("topic of " + Tally.body(m) + " at " + m.getReconsumeTimes(), topic, m.getTopic());
            report.equal("tag of " + Tally.body(m), "tag", m.getTags());
            String origin = m.getReconsumeTimes() == 0 ? null : full(FAILING, topic);
            report.equal("origin of " + Tally.body(m), origin, m.getProperty("RETRY_TOPIC"));
        }
        report.equal("deliveries", want, times);
        report.equal("repeats in the other namespace", 0, sound.duplicates());
        report.equal("bodies in the other namespace", COUNT, sound.distinct());
        stored();
        report.fact("received", came.size());
    }

    /** What came again is in the queues for that of the group within the namespace, and nowhere else. */
    private void stored() throws Exception {
        Tally retried = new Tally();
        DefaultMQPushConsumer reader = cluster.push("reader", "%RETRY%" + full(FAILING, cluster.name("group")), "*");
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        reader.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            for (MessageExt m : batch) {
                seen.add(m.getReconsumeTimes() + " " + Tally.body(m));
                retried.add(m);
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        reader.start();
        Cluster.until("the retries", () -> seen.size() >= 2 * COUNT);
        TreeSet<String> want = new TreeSet<>();
        for (int i = 0; i < COUNT; i++) want.addAll(List.of("1 " + body(FAILING, i), "2 " + body(FAILING, i)));
        report.equal("retries that are stored", want, new TreeSet<>(seen));
        report.equal("retries that are stored twice", 2 * COUNT, seen.size());
        for (String absent : List.of("%RETRY%" + cluster.name("group"), "%DLQ%" + cluster.name("group"), "%DLQ%" + full(SOUND, cluster.name("group")))) {
            report.expect(!routed(absent), "%s is there", absent);
        }
    }

    /** A consumer in order gives a message up by a send of its own, in its namespace too. */
    private void orderly() throws Exception {
        List<MessageExt> came = Collections.synchronizedList(new ArrayList<>());
        DefaultMQPushConsumer consumer = consumer(FAILING, "orderly");
        consumer.setSuspendCurrentQueueTimeMillis(50);
        consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
            MessageExt m = batch.get(0);
            came.add(m);
            return dies(m) ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT : ConsumeOrderlyStatus.SUCCESS;
        });
        consumer.start();
        for (MessageExt m : dead(FAILING, "orderly", COUNT / 2)) {
            report.expect(dies(m), "%s is a dead letter of the orderly group", Tally.body(m));
            report.equal("origin of a dead letter of the orderly group", topic, m.getProperty("RETRY_TOPIC")); // the client names it
        }
        Cluster.until("all in order", () -> came.size() >= COUNT / 2 + 3 * COUNT / 2);
        for (MessageExt m : new ArrayList<>(came)) report.equal("topic in order", topic, m.getTopic());
        report.equal("deliveries in order", COUNT / 2 + 3 * COUNT / 2, came.size());
    }

    /** The dead letters of a group within a namespace. */
    private List<MessageExt> dead(String space, String group, int count) throws Exception {
        List<String> bodies = new ArrayList<>();
        for (int i = 1; i < 2 * count; i += 2) bodies.add(body(space, i));
        return Failures.deadLetters(cluster, asker, report, full(space, cluster.name(group)), bodies);
    }

    private boolean routed(String name) {
        try {
            return !asker.fetchPublishMessageQueues(name).isEmpty();
        } catch (MQClientException none) {
            return false;
        }
    }
}
