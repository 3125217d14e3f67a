package gannet;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/** Traces in the broker's own topic for them, for a broker with traceTopicEnable=true; none where it says that it wants none. */
public final class TraceSwitch {
    private static final Set<String> KINDS = Set.of("Pub", "SubBefore", "SubAfter");
    /** Longer than 4.x gathers traces; 5.x sends what it has when it ends. */
    private static final long GATHER_MILLIS = 1000;

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix", "wanted");
        Report report = new Report("TraceSwitch");
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.text("prefix", "Trace"))) {
            run(cluster, report, args.flag("wanted"));
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private static void run(Cluster cluster, Report report, boolean wanted) throws Exception {
        DefaultMQProducer plain = cluster.producer();
        String topic = cluster.topic(plain, "topic", 1);
        DefaultMQProducer producer = Tracing.producer(cluster, null);
        SendResult sent = producer.send(new Message(topic, "traced".getBytes(StandardCharsets.UTF_8)));
        report.equal("traces are wanted", wanted, sent.isTraceOn());

        Set<String> told = ConcurrentHashMap.newKeySet();
        Tally traces = new Tally();
        DefaultMQPushConsumer reader = cluster.push("reader", "RMQ_SYS_TRACE_TOPIC", "*");
        reader.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            batch.stream().filter(m -> Tally.body(m).contains(sent.getMsgId())).forEach(m -> {
                for (String record : Tally.body(m).split("\u0002")) told.add(record.split("\u0001")[0]);
                traces.add(m);
            });
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        reader.start();

        DefaultMQPushConsumer consumer = Tracing.consumer(cluster, topic, null);
        Tally tally = new Tally();
        tally.attach(consumer, false);
        consumer.start();
        report.expect(tally.await(1, Cluster.LIMIT_MILLIS), "the message did not come");
        report.equal("TRACE_ON", String.valueOf(wanted), tally.messages().get(0).getProperty("TRACE_ON"));
        if (wanted) {
            Cluster.until("all traces", () -> told.containsAll(KINDS));
            return;
        }
        producer.shutdown();
        consumer.shutdown();
        traces.quiet(GATHER_MILLIS);
        report.equal("traces that nobody wanted", Set.of(), told);
    }

    private TraceSwitch() {
    }
}
