package gannet;

import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * MessageSelector.bySql with push consumers, which say it in heartbeats, with pull consumers, which send it along, and with
 * expressions that cannot be compiled. Half of the messages are sent while the consumers wait.
 */
public final class Selecting {
    private static final int HALF = 40;
    private static final int WAIT_MILLIS = 60_000;
    private static final int QUIET_MILLIS = 1_500;

    private static final List<String> EXPRESSIONS = List.of(
        "a BETWEEN 3 AND 5", "a > 7 OR region = 'it''s'", "TAGS IS NOT NULL AND TAGS IN ('TagB') AND NOT (a = 1)",
        "region NOT CONTAINS 'east' AND a < 2.5", "nobody IS NULL AND a = 9");

    private final Args args;
    private final Report report = new Report("Selecting");
    private final DefaultMQProducer producer;

    public static void main(String[] argv) throws Exception {
        Selecting selecting = new Selecting(new Args(argv, "namesrv", "topic"));
        try {
            selecting.run();
        } catch (Exception e) {
            selecting.report.failed(e);
        }
        selecting.report.exit();
    }

    private Selecting(Args args) {
        this.args = args;
        producer = new DefaultMQProducer("P_selecting");
        producer.setNamesrvAddr(args.need("namesrv"));
        producer.setSendMsgTimeout(30_000);
        Version.patient(producer, Cluster.PATIENT_MILLIS);
    }

    private void run() throws Exception {
        producer.start();
        send(0, HALF);
        Tally[] tallies = new Tally[EXPRESSIONS.size()];
        for (int i = 0; i < tallies.length; i++) tallies[i] = push(i);
        send(HALF, 2 * HALF);
        for (int i = 0; i < tallies.length; i++) check(EXPRESSIONS.get(i), tallies[i]);
        pull();
        bad();
    }

    private void send(int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            Message m = new Message(args.need("topic"), i % 3 == 0 ? "TagA" : "TagB", ("m " + i).getBytes(StandardCharsets.UTF_8));
            m.putUserProperty("a", String.valueOf(i % 10));
            if (i % 4 != 0) m.putUserProperty("region", i % 8 == 1 ? "it's" : i % 4 == 2 ? "southeast" : "west");
            producer.send(m);
        }
    }

    /** The indexes that an expression lets pass, said once more in Java. */
    private static Set<Integer> wanted(int expression) {
        Set<Integer> all = new TreeSet<>();
        for (int i = 0; i < 2 * HALF; i++) {
            int a = i % 10;
            String region = i % 4 == 0 ? null : i % 8 == 1 ? "it's" : i % 4 == 2 ? "southeast" : "west";
            boolean[] passes = {
                a >= 3 && a <= 5, a > 7 || "it's".equals(region), i % 3 != 0 && a != 1,
                region != null && !region.contains("east") && a < 2.5, a == 9};
            if (passes[expression]) all.add(i);
        }
        return all;
    }

    private Tally push(int i) throws Exception {
        Tally tally = new Tally();
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("G_selecting_" + args.need("topic") + i);
        consumer.setNamesrvAddr(args.need("namesrv"));
        Version.patient(consumer, Cluster.PATIENT_MILLIS);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(args.need("topic"), MessageSelector.bySql(EXPRESSIONS.get(i)));
        tally.attach(consumer, false);
        consumer.start();
        return tally;
    }

    private void check(String expression, Tally tally) throws Exception {
        Set<Integer> want = wanted(EXPRESSIONS.indexOf(expression));
        if (tally.await(want.size(), WAIT_MILLIS)) tally.quiet(QUIET_MILLIS);
        Set<Integer> got = new TreeSet<>();
        for (MessageExt m : tally.messages()) got.add(Integer.parseInt(Tally.body(m).substring(2)));
        report.equal("pushed for " + expression, want, got);
    }

    /** The expression goes along with each request. Clients before 4.4 cannot do that. */
    private void pull() throws Exception {
        Method method;
        try {
            method = DefaultMQPullConsumer.class.getMethod("pull", MessageQueue.class, MessageSelector.class, long.class, int.class);
        } catch (NoSuchMethodException e) {
            return;
        }
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("G_selecting_pull_" + args.need("topic"));
        consumer.setNamesrvAddr(args.need("namesrv"));
        Version.patient(consumer, Cluster.PATIENT_MILLIS);
        consumer.start();
        Set<MessageQueue> queues = consumer.fetchSubscribeMessageQueues(args.need("topic"));
        // A client asks nothing of a broker whose version it has not been told in answer to a heartbeat; the next is 30 s off.
        MQClientInstance client = consumer.getDefaultMQPullConsumerImpl().getRebalanceImpl().getmQClientFactory();
        client.updateTopicRouteInfoFromNameServer(args.need("topic"));
        client.sendHeartbeatToAllBrokerWithLock();
        Set<Integer> got = new TreeSet<>();
        for (MessageQueue q : queues) {
            long end = consumer.maxOffset(q);
            for (long next = 0; next < end; ) {
                PullResult r = (PullResult) method.invoke(consumer, q, MessageSelector.bySql(EXPRESSIONS.get(0)), next, 32);
                if (r.getMsgFoundList() != null) {
                    for (MessageExt m : r.getMsgFoundList()) got.add(Integer.parseInt(Tally.body(m).substring(2)));
                }
                next = r.getNextBeginOffset();
            }
        }
        report.equal("pulled for " + EXPRESSIONS.get(0), wanted(0), got);
        consumer.shutdown();
    }

    private void bad() throws Exception {
        int n = 0;
        for (String expression : List.of("a >", "a > 'x'", "a ! 1", "1 AND a", "a IN (1)")) {
            DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("G_selecting_bad_" + n);
            consumer.setNamesrvAddr(args.need("namesrv"));
            Version.patient(consumer, Cluster.PATIENT_MILLIS);
            consumer.subscribe(args.need("topic"), MessageSelector.bySql(expression));
            new Tally().attach(consumer, false);
            String said = "started";
            try {
                consumer.start();
            } catch (MQClientException e) {
                said = e.getResponseCode() + " " + e.getErrorMessage();
            }
            report.fact("bad" + n++, said);
            report.expect(said.startsWith("23 "), "%s: got %s, want 23", expression, said);
        }
    }
}
