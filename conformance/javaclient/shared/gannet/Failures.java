package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Consumers that fail, and messages that wait, for a broker with messageDelayLevel=1s 2s 1s 2s 3s. The levels are those of
 * the first failures: 3, then 4.
 */
public final class Failures {
    private static final long[] LEVELS = {1000, 2000, 1000, 2000, 3000};
    private static final String BIG = "x".repeat(10_000);
    private static final int COUNT = 20;

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix", "late");
        String namesrv = args.need("namesrv");
        String prefix = args.text("prefix", "F");
        Map<String, Scenario.Step> steps = new TreeMap<>();
        steps.put("retry", Failures::retry);
        steps.put("deadletter", Failures::deadLetter);
        int late = args.number("late", Integer.MAX_VALUE);
        steps.put("levels", (cluster, report) -> levels(cluster, report, late));
        steps.put("suspend", Failures::suspend);
        steps.put("groups", Failures::groups);
        ExecutorService threads = Executors.newFixedThreadPool(steps.size());
        List<Future<Report>> reports = new ArrayList<>();
        steps.forEach((name, step) -> reports.add(threads.submit(() -> {
            Report report = new Report(name);
            try (Cluster cluster = new Cluster(namesrv, prefix + "_" + name)) {
                step.run(cluster, report);
            } catch (Throwable e) {
                report.failed(e);
            }
            return report.end();
        })));
        boolean ok = true;
        for (Future<Report> report : reports) ok &= report.get().print();
        System.exit(ok ? 0 : 1);
    }

    /** Deliveries of each body, in order. */
    private static final class Deliveries {
        final Map<String, List<MessageExt>> of = new ConcurrentHashMap<>();
        final Map<String, List<Long>> at = new ConcurrentHashMap<>();

        int add(MessageExt m) {
            String body = Tally.body(m);
            at.computeIfAbsent(body, k -> Collections.synchronizedList(new ArrayList<>())).add(System.currentTimeMillis());
            List<MessageExt> list = of.computeIfAbsent(body, k -> Collections.synchronizedList(new ArrayList<>()));
            list.add(m);
            return list.size();
        }

        int complete(int times) {
            return (int) of.values().stream().filter(list -> list.size() >= times).count();
        }
    }

    private static Message message(String topic, int i) {
        return new Message(topic, "tag", "key" + i, ("body " + i + (i == 0 ? BIG : "")).getBytes(StandardCharsets.UTF_8));
    }

    /** Two failures, then success: the second waits longer than the first, and nothing of the message changes. */
    private static void retry(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 2);
        Deliveries got = new Deliveries();
        DefaultMQPushConsumer consumer = cluster.push("group", topic, "tag");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            boolean done = true;
            for (MessageExt m : messages) done &= got.add(m) >= 3;
            return done ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS : ConsumeConcurrentlyStatus.RECONSUME_LATER;
        });
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.start();
        for (int i = 0; i < COUNT; i++) producer.send(message(topic, i));
        Cluster.until("three deliveries of each", () -> got.complete(3) == COUNT);
        Thread.sleep(Cluster.QUIET_MILLIS);
        got.of.forEach((body, list) -> {
            String name = body.substring(0, Math.min(body.length(), 8));
            report.equal("deliveries of " + name, 3, list.size());
            List<Long> at = got.at.get(body);
            long once = at.get(1) - at.get(0);
            long again = at.get(2) - at.get(1);
            report.expect(once >= LEVELS[2] && again >= LEVELS[3], "%s came again after %d and %d ms", name, once, again);
            for (int i = 0; i < list.size(); i++) {
                MessageExt m = list.get(i);
                report.equal("times of " + name, i, m.getReconsumeTimes());
                report.equal("topic of " + name, topic, m.getTopic());
                report.equal("id of " + name, list.get(0).getMsgId(), m.getMsgId());
                report.equal("keys of " + name, list.get(0).getKeys(), m.getKeys());
                report.equal("tag of " + name, "tag", m.getTags());
                report.equal("birth of " + name, list.get(0).getBornTimestamp(), m.getBornTimestamp());
                report.equal("host of " + name, list.get(0).getBornHost(), m.getBornHost());
                String first = i == 0 ? null : ((MessageClientExt) list.get(0)).getOffsetMsgId();
                report.equal("origin of " + name, first, m.getProperty("ORIGIN_MESSAGE_ID"));
            }
        });
    }

    /** With maxReconsumeTimes=1 the second failure is the last: the message goes to where nobody consumes by itself. */
    private static void deadLetter(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 2);
        Deliveries got = new Deliveries();
        DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
        consumer.setMaxReconsumeTimes(1);
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            messages.forEach(got::add);
            context.setDelayLevelWhenNextConsume(1);
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        });
        consumer.start();
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            producer.send(message(topic, i));
            bodies.add("body " + i + (i == 0 ? BIG : ""));
        }
        Cluster.until("two deliveries of each", () -> got.complete(2) == COUNT);
        for (MessageExt m : dead(cluster, producer, report, "group", bodies)) {
            report.equal("times of a dead letter", 2, m.getReconsumeTimes());
            report.equal("origin of a dead letter", topic, m.getProperty("RETRY_TOPIC"));
        }
        got.of.forEach((body, list) -> report.equal("deliveries", 2, list.size()));
    }

    /** The dead letters of a group; they are exactly these bodies. */
    private static List<MessageExt> dead(Cluster cluster, DefaultMQProducer asker, Report report, String group, List<String> bodies)
        throws Exception {
        return deadLetters(cluster, asker, report, cluster.name(group), bodies);
    }

    /** The same of a group with a name in full. */
    static List<MessageExt> deadLetters(Cluster cluster, DefaultMQProducer asker, Report report, String group, List<String> bodies)
        throws Exception {
        String topic = "%DLQ%" + group;
        Cluster.until("route of " + topic, () -> { // consumers look again only after 30 s
            try {
                return !asker.fetchPublishMessageQueues(topic).isEmpty();
            } catch (MQClientException notYet) {
                return false;
            }
        });
        Tally tally = new Tally();
        DefaultMQPushConsumer consumer = cluster.push("undertaker_" + group, topic, "*");
        tally.attach(consumer, false);
        consumer.start();
        if (tally.await(bodies.size(), Cluster.LIMIT_MILLIS)) tally.quiet(Cluster.QUIET_MILLIS);
        report.equal("dead letters", Set.copyOf(bodies), Set.copyOf(tally.distinctBodies()));
        report.equal("dead letters that came twice", 0, tally.duplicates());
        return tally.messages();
    }

    /** Each level waits as long as it says, at most late ms longer, and a level that there is not as long as the last one. */
    private static void levels(Cluster cluster, Report report, int late) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 2);
        Deliveries got = new Deliveries();
        DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            messages.forEach(got::add);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        int count = 60;
        long[] sent = new long[count];
        long[] answered = new long[count];
        for (int i = 0; i < count; i++) {
            Message m = message(topic, i);
            m.setDelayTimeLevel(i % 6 + 1);
            sent[i] = System.currentTimeMillis();
            producer.send(m);
            answered[i] = System.currentTimeMillis();
        }
        Cluster.until("each once", () -> got.complete(1) == count);
        long latest = 0;
        for (int i = 0; i < count; i++) {
            String body = "body " + i + (i == 0 ? BIG : "");
            long level = LEVELS[Math.min(i % 6, LEVELS.length - 1)];
            MessageExt m = got.of.get(body).get(0);
            long waited = got.at.get(body).get(0) - sent[i];
            report.expect(waited >= level, "message %d of level %d came after %d ms", i, i % 6 + 1, waited);
            report.expect(m.getStoreTimestamp() - sent[i] >= level, "message %d was stored after %d ms", i, m.getStoreTimestamp() - sent[i]);
            report.equal("deliveries", 1, got.of.get(body).size());
            report.equal("topic", topic, m.getTopic());
            report.equal("DELAY", String.valueOf(Math.min(i % 6 + 1, LEVELS.length)), m.getProperty("DELAY"));
            latest = Math.max(latest, m.getStoreTimestamp() - answered[i] - level);
        }
        report.expect(latest <= late, "the latest was stored %d ms late", latest);
        report.fact("latest", latest);
    }

    /** An orderly consumer waits with a message that fails, and with all behind it, until it gives it up. */
    private static void suspend(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 1);
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
        consumer.setMaxReconsumeTimes(2);
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.setSuspendCurrentQueueTimeMillis(100);
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            String body = Tally.body(messages.get(0));
            seen.add(body + " " + messages.get(0).getReconsumeTimes());
            return body.equals("bad") ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT : ConsumeOrderlyStatus.SUCCESS;
        });
        for (String body : new String[] {"first", "bad", "last"}) {
            producer.send(new Message(topic, body.getBytes(StandardCharsets.UTF_8)));
        }
        consumer.start();
        Cluster.until("the last", () -> seen.contains("last 0"));
        report.equal("deliveries", List.of("first 0", "bad 0", "bad 1", "bad 2", "last 0"), new ArrayList<>(seen));
        for (MessageExt m : dead(cluster, producer, report, "group", List.of("bad"))) report.equal("origin", topic, m.getProperty("RETRY_TOPIC"));
    }

    /**
     * What a group's settings say of a message that fails. Without retry queues it is dropped. How often it comes again the client says,
     * 16 times unless it was told otherwise, whatever retryMaxTimes is; that counts for who does not say. Level -1 is death at once.
     */
    private static void groups(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 1);
        String broker = Cluster.broker(producer, topic);
        Direct.group(producer, broker, cluster.name("dropping"), "\"retryQueueNums\":0");
        Direct.group(producer, broker, cluster.name("patient"), "\"retryMaxTimes\":0");
        Direct.group(producer, broker, cluster.name("silent"), "\"retryMaxTimes\":0");
        Deliveries dropping = failing(cluster, "dropping", topic, 1);
        Deliveries patient = failing(cluster, "patient", topic, 1);
        Deliveries hasty = failing(cluster, "hasty", topic, -1);
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            producer.send(message(topic, i));
            bodies.add("body " + i + (i == 0 ? BIG : ""));
        }
        Cluster.until("three deliveries of each", () -> patient.complete(3) == COUNT);
        for (MessageExt m : dead(cluster, producer, report, "hasty", bodies)) report.equal("times of the hasty", 1, m.getReconsumeTimes());
        cluster.untilCommitted(producer, "dropping", topic, COUNT);
        dropping.of.forEach((body, list) -> report.equal("deliveries without retry queues", 1, list.size()));
        hasty.of.forEach((body, list) -> report.equal("deliveries with level -1", 1, list.size()));
        report.equal("messages that were dropped", COUNT, dropping.of.size());

        MessageExt one = patient.of.get("body 1").get(0);
        Direct.tell(producer, broker, 36, null, "offset", String.valueOf(one.getCommitLogOffset()), "group", cluster.name("silent"),
            "delayLevel", "0", "originMsgId", one.getMsgId(), "originTopic", topic, "unitMode", "false");
        dead(cluster, producer, report, "silent", List.of("body 1"));
    }

    /** A consumer for which each message fails twice, and is to come again after a level. */
    private static Deliveries failing(Cluster cluster, String group, String topic, int level) throws Exception {
        Deliveries got = new Deliveries();
        DefaultMQPushConsumer consumer = cluster.push(group, topic, "*");
        consumer.setPersistConsumerOffsetInterval(200);
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            boolean done = true;
            for (MessageExt m : messages) done &= got.add(m) >= 3;
            context.setDelayLevelWhenNextConsume(level);
            return done ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS : ConsumeConcurrentlyStatus.RECONSUME_LATER;
        });
        consumer.start();
        return got;
    }

    private Failures() {
    }
}
