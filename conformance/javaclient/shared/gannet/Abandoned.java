package gannet;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * A transaction whose producer never knows how it ended is given up after transactionCheckMax questions, and is asked for again when an
 * administrator resumes it; one that names a time of its own is not asked for before. For a broker with transactionTimeOut=2000,
 * transactionCheckInterval=1000 and transactionCheckMax=5.
 */
@SuppressWarnings("deprecation")
public final class Abandoned {
    private static final String GRAVE = "TRANS_CHECK_MAX_TIME_TOPIC";
    private static final int QUESTIONS = 5;
    private static final int IMMUNE_SECONDS = 4;

    /** Knows nothing of one transaction until it is told to, and commits the other when it is asked. */
    private static final class Decider implements TransactionListener {
        final AtomicInteger asked = new AtomicInteger();
        final AtomicLong age = new AtomicLong();
        final AtomicBoolean knows = new AtomicBoolean();

        @Override
        public LocalTransactionState executeLocalTransaction(Message m, Object arg) {
            return LocalTransactionState.UNKNOW;
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt m) {
            if (Tally.body(m).equals("immune")) {
                age.compareAndSet(0, System.currentTimeMillis() - m.getBornTimestamp());
                return LocalTransactionState.COMMIT_MESSAGE;
            }
            if (knows.get()) return LocalTransactionState.COMMIT_MESSAGE;
            asked.incrementAndGet();
            return LocalTransactionState.UNKNOW;
        }
    }

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix");
        Report report = new Report("Abandoned");
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.text("prefix", "Abandoned"))) {
            run(cluster, report);
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer creator = cluster.producer();
        String topic = cluster.topic(creator, "topic", 1);
        Decider decider = new Decider();
        TransactionMQProducer producer = new TransactionMQProducer(cluster.name("group"));
        producer.setInstanceName(cluster.name("transactions"));
        producer.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
        producer.setHeartbeatBrokerInterval(1000); // the broker asks whom it knows
        producer.setTransactionListener(decider);
        cluster.connect(producer, producer::shutdown);
        producer.start();
        producer.sendMessageInTransaction(new Message(topic, "given up".getBytes(StandardCharsets.UTF_8)), null);
        Message immune = new Message(topic, "immune".getBytes(StandardCharsets.UTF_8));
        immune.putUserProperty("CHECK_IMMUNITY_TIME_IN_SECONDS", String.valueOf(IMMUNE_SECONDS));
        producer.sendMessageInTransaction(immune, null);

        DefaultMQPullConsumer looker = cluster.pull("looker");
        MessageQueue grave = new MessageQueue(GRAVE, looker.fetchSubscribeMessageQueues(topic).iterator().next().getBrokerName(), 0);
        MessageExt[] found = new MessageExt[1];
        Cluster.until("the message in " + GRAVE, () -> (found[0] = find(looker, grave, topic)) != null);
        report.equal("body in " + GRAVE, "given up", Tally.body(found[0]));
        report.equal("questions before it was given up", QUESTIONS, decider.asked.get());
        long age = decider.age.get();
        report.expect(age >= IMMUNE_SECONDS * 1000, "asked after %d ms for a message that is immune for %d s", age, IMMUNE_SECONDS);
        cluster.expectBodies(report, topic, List.of("immune"));

        decider.knows.set(true);
        Direct.tell(creator, Cluster.broker(creator, topic), 323, null, "topic", topic, "msgId", ((MessageClientExt) found[0]).getOffsetMsgId());
        MessageQueue queue = looker.fetchSubscribeMessageQueues(topic).iterator().next();
        Cluster.until("both committed", () -> looker.maxOffset(queue) == 2);
        PullResult both = looker.pull(queue, "*", 0, 32);
        report.equal("the resumed message", "given up", Tally.body(both.getMsgFoundList().get(1)));
        report.fact("immuneMillis", age);
    }

    /** The message that was on its way to the topic, or null. */
    private static MessageExt find(DefaultMQPullConsumer looker, MessageQueue grave, String topic) throws Exception {
        for (long offset = 0;;) {
            PullResult r;
            try {
                r = looker.pull(grave, "*", offset, 32);
            } catch (MQBrokerException | MQClientException noSuchTopicYet) {
                return null;
            }
            if (r.getPullStatus() != PullStatus.FOUND) return null;
            for (MessageExt m : r.getMsgFoundList()) {
                if (topic.equals(m.getProperty("REAL_TOPIC"))) return m;
            }
            offset = r.getNextBeginOffset();
        }
    }

    private Abandoned() {
    }
}
