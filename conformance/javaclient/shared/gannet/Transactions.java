package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Transactions of every outcome, for a broker that asks soon (transactionTimeOut and transactionCheckInterval of seconds):
 * committed and rolled back at once, decided when asked, decided when asked again, left behind by a producer that is gone.
 * What was committed is consumed once, as it was sent; nothing else is ever seen.
 */
public final class Transactions {
    private static final int EACH = 20;
    private static final String BIG = "x".repeat(5_000);

    /** Decides by the first word of a body: what to do at once, and what to say when asked. */
    private static final class Decider implements TransactionListener {
        final Map<String, Integer> asked = new ConcurrentHashMap<>();
        private final Report report;
        private final String topic;
        private final boolean orphans;

        Decider(Report report, String topic, boolean orphans) {
            this.report = report;
            this.topic = topic;
            this.orphans = orphans;
        }

        @Override
        public LocalTransactionState executeLocalTransaction(Message m, Object arg) {
            switch (word(m.getBody())) {
                case "commit": return LocalTransactionState.COMMIT_MESSAGE;
                case "rollback": return LocalTransactionState.ROLLBACK_MESSAGE;
                case "throw": throw new IllegalStateException("the local transaction failed to say how it ended");
                default: return LocalTransactionState.UNKNOW;
            }
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt m) {
            String body = Tally.body(m);
            int times = asked.merge(body, 1, Integer::sum);
            report.equal("topic of a question", topic, m.getTopic());
            report.equal("transaction of a question", m.getProperty("UNIQ_KEY"), m.getTransactionId());
            report.expect(m.getQueueId() >= 0 && m.getQueueId() < 2, "queue of a question: %d", m.getQueueId());
            switch (word(m.getBody())) {
                case "later": case "throw": return LocalTransactionState.COMMIT_MESSAGE;
                case "never": return LocalTransactionState.ROLLBACK_MESSAGE;
                case "twice": return times < 2 ? LocalTransactionState.UNKNOW : LocalTransactionState.COMMIT_MESSAGE;
                case "orphan": return orphans ? LocalTransactionState.COMMIT_MESSAGE : LocalTransactionState.UNKNOW;
                default:
                    report.expect(false, "asked for %.40s, which was decided", body);
                    return LocalTransactionState.UNKNOW;
            }
        }

        private static String word(byte[] body) {
            return new String(body, StandardCharsets.UTF_8).split(" ")[0];
        }
    }

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix");
        String namesrv = args.need("namesrv");
        Report report = new Report("Transactions");
        try (Cluster cluster = new Cluster(namesrv, args.text("prefix", "Tx"))) {
            run(namesrv, cluster, report);
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private static void run(String namesrv, Cluster cluster, Report report) throws Exception {
        DefaultMQProducer creator = cluster.producer();
        String topic = cluster.topic(creator, "topic", 2);
        Decider first = new Decider(report, topic, false);
        Decider second = new Decider(report, topic, true);
        TransactionMQProducer one = producer(namesrv, cluster, "one", first);
        TransactionMQProducer two = null;
        List<String> want = new ArrayList<>();
        try {
            for (String word : List.of("commit", "rollback", "throw", "later", "never", "twice", "orphan")) {
                if (word.equals("orphan")) {
                    two = producer(namesrv, cluster, "two", second);
                    send(report, two, topic, "commit", "commit two"); // it knows its broker now, and the broker it
                    want.add("commit two");
                }
                for (int i = 0; i < EACH; i++) {
                    String body = word + " " + i + (i == 0 ? BIG : "");
                    send(report, one, topic, word, body);
                    if (!word.equals("rollback") && !word.equals("never")) want.add(body);
                }
                if (word.equals("twice")) {
                    Cluster.until("a second question for each", () -> count(first, "twice", 2) == EACH);
                }
            }
            one.shutdown(); // the orphans are left to the other member of the group
            check(report, cluster.expectBodies(report, topic, want), topic);
            report.equal("orphans that the other member was asked for", EACH, count(second, "orphan", 1));
            report.equal("rolled back when asked", EACH, count(first, "never", 1));
        } finally {
            if (two != null) two.shutdown();
        }
        report.fact("sent", 7 * EACH + 1).fact("asked", new TreeMap<>(counts(first)));
    }

    private static TransactionMQProducer producer(String namesrv, Cluster cluster, String instance, Decider decider) throws Exception {
        TransactionMQProducer producer = new TransactionMQProducer(cluster.name("group"));
        producer.setNamesrvAddr(namesrv);
        producer.setInstanceName(cluster.name(instance));
        producer.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
        producer.setHeartbeatBrokerInterval(1000); // the broker asks whom it knows
        producer.setTransactionListener(decider);
        producer.start();
        return producer;
    }

    private static void send(Report report, TransactionMQProducer producer, String topic, String word, String body) throws Exception {
        Message m = new Message(topic, word, "key-" + body.length(), body.getBytes(StandardCharsets.UTF_8));
        m.setFlag(5);
        m.putUserProperty("own", "value");
        TransactionSendResult r = producer.sendMessageInTransaction(m, null);
        report.equal("send status", SendStatus.SEND_OK, r.getSendStatus());
        report.equal("transaction id", r.getMsgId(), r.getTransactionId());
        report.equal("topic of the answer", topic, r.getMessageQueue().getTopic());
    }

    private static void check(Report report, List<MessageExt> messages, String topic) {
        for (MessageExt m : messages) {
            String word = Tally.body(m).split(" ")[0];
            report.equal("commit bits of " + word, 8, m.getSysFlag() & 12);
            report.expect(m.getPreparedTransactionOffset() > 0 || m.getQueueOffset() == 0, "%s has no prepared offset", word);
            report.equal("tag", word, m.getTags());
            report.equal("own property", "value", m.getProperty("own"));
            report.equal("REAL_TOPIC", topic, m.getProperty("REAL_TOPIC"));
            report.equal("REAL_QID", String.valueOf(m.getQueueId()), m.getProperty("REAL_QID"));
            report.equal("TRAN_MSG", "true", m.getProperty("TRAN_MSG"));
            report.equal("transaction id of " + word, m.getProperty("UNIQ_KEY"), m.getProperty("__transactionId__"));
            if (word.equals("commit")) report.equal("flag", 5, m.getFlag());
        }
    }

    /** How many bodies that begin with the word were asked for at least times. */
    private static int count(Decider decider, String word, int times) {
        return (int) decider.asked.entrySet().stream().filter(e -> e.getKey().startsWith(word + " ") && e.getValue() >= times).count();
    }

    private static Map<String, Integer> counts(Decider decider) {
        Map<String, Integer> all = new TreeMap<>();
        decider.asked.forEach((body, times) -> all.merge(body.split(" ")[0], times, Integer::sum));
        return all;
    }

    private Transactions() {
    }
}
