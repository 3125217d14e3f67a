package gannet;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.client.trace.TraceBean;
import org.apache.rocketmq.client.trace.TraceContext;
import org.apache.rocketmq.client.trace.TraceDataEncoder;
import org.apache.rocketmq.client.trace.TraceType;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageType;

/**
 * What a producer tells of its transactions is in the broker's own trace topic, under the ids of their messages: each half message, how
 * it was decided, and whether the broker had to ask. For a broker with traceTopicEnable=true that asks soon, see Transactions.
 */
public final class TransactionTraces {
    /** Decides at once as the sender says, and commits what it is asked for. */
    private static final TransactionListener OBEDIENT = new TransactionListener() {
        @Override
        public LocalTransactionState executeLocalTransaction(Message m, Object arg) {
            return (LocalTransactionState) arg;
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt m) {
            return LocalTransactionState.COMMIT_MESSAGE;
        }
    };

    private final Cluster cluster;
    private final Report report;
    private final String topic;
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix");
        Report report = new Report("TransactionTraces");
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.text("prefix", "TxTrace"))) {
            new TransactionTraces(cluster, report).run();
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private TransactionTraces(Cluster cluster, Report report) throws Exception {
        this.cluster = cluster;
        this.report = report;
        topic = cluster.topic(cluster.producer(), "topic", 1);
    }

    private void run() throws Exception {
        TransactionMQProducer producer = new TransactionMQProducer(null, cluster.name("group"), null, true, null);
        producer.setInstanceName(cluster.name("traced"));
        producer.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
        producer.setHeartbeatBrokerInterval(1000); // the broker asks whom it knows
        producer.setTransactionListener(OBEDIENT);
        cluster.connect(producer, producer::shutdown);
        producer.start();
        String kept = send(producer, "kept", LocalTransactionState.COMMIT_MESSAGE);
        String dropped = send(producer, "dropped", LocalTransactionState.ROLLBACK_MESSAGE);
        String asked = send(producer, "asked", LocalTransactionState.UNKNOW);

        read(Set.of(kept, dropped, asked));
        Set<String> want = Set.of("Pub " + kept, "Pub " + dropped, "Pub " + asked,
            "EndTransaction " + kept + " COMMIT_MESSAGE asked=false",
            "EndTransaction " + dropped + " ROLLBACK_MESSAGE asked=false",
            "EndTransaction " + asked + " UNKNOW asked=false",
            "EndTransaction " + asked + " COMMIT_MESSAGE asked=true");
        try {
            Cluster.until("all traces", () -> told.containsAll(want));
        } finally {
            report.equal("traces", want, Set.copyOf(told));
        }
        cluster.expectBodies(report, topic, List.of("kept", "asked"));
    }

    /** Answers the message's id. */
    private String send(TransactionMQProducer producer, String body, LocalTransactionState decision) throws Exception {
        Message m = new Message(topic, "tag", "key-" + body, body.getBytes(StandardCharsets.UTF_8));
        TransactionSendResult r = producer.sendMessageInTransaction(m, decision);
        report.equal("transaction id", r.getMsgId(), r.getTransactionId());
        return r.getMsgId();
    }

    /** Consumes the trace topic, which others write to as well, and notes what is told of the messages with these ids. */
    private void read(Set<String> ids) throws Exception {
        DefaultMQPushConsumer reader = cluster.push("reader", "RMQ_SYS_TRACE_TOPIC", "*");
        reader.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            for (MessageExt m : batch) {
                if (ids.stream().noneMatch(Tally.body(m)::contains)) continue;
                for (TraceContext trace : TraceDataEncoder.decoderFromTraceDataString(Tally.body(m))) note(trace, m.getKeys());
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        reader.start();
    }

    private void note(TraceContext trace, String keys) {
        TraceBean bean = trace.getTraceBeans().get(0);
        String what = trace.getTraceType() + " " + bean.getMsgId();
        boolean end = trace.getTraceType() == TraceType.EndTransaction;
        if (end) {
            what += " " + bean.getTransactionState() + " asked=" + bean.isFromTransactionCheck();
            report.equal("transaction of " + what, bean.getMsgId(), bean.getTransactionId());
        }
        report.equal("kind of message of " + what, end ? MessageType.Trans_msg_Commit : MessageType.Trans_Msg_Half, bean.getMsgType());
        report.equal("group of " + what, cluster.name("group"), trace.getGroupName());
        report.equal("topic of " + what, topic, bean.getTopic());
        report.equal("tag of " + what, "tag", bean.getTags());
        report.expect(List.of(keys.split(" ")).containsAll(List.of(bean.getMsgId(), bean.getKeys())), "%s has the keys %s", what, keys);
        told.add(what);
    }
}
