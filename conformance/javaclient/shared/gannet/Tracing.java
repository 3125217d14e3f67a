package gannet;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

/** What producer and consumer tell of a message is in the trace topic, under the message's id. */
final class Tracing {
    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer plain = cluster.producer();
        String topic = cluster.topic(plain, "topic", 1);
        String traces = cluster.topic(plain, "traces", 1);
        Set<String> told = ConcurrentHashMap.newKeySet();
        DefaultMQProducer producer = producer(cluster, traces);
        SendResult sent = producer.send(new Message(topic, "traced".getBytes(StandardCharsets.UTF_8)));
        report.equal("traces are wanted", true, sent.isTraceOn());
        report.equal("region", "DefaultRegion", sent.getRegionId());

        DefaultMQPushConsumer consumer = consumer(cluster, topic, traces);
        Tally tally = new Tally();
        tally.attach(consumer, false);
        consumer.start();

        DefaultMQPushConsumer reader = cluster.push("reader", traces, "*");
        reader.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            batch.forEach(m -> {
                report.expect(m.getKeys().contains(sent.getMsgId()), "a trace has the keys %s", m.getKeys());
                for (String record : Tally.body(m).split("\u0002")) told.add(record.split("\u0001")[0]);
            });
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        reader.start();
        Cluster.until("all traces", () -> told.containsAll(Set.of("Pub", "SubBefore", "SubAfter")));
        report.equal("traces", Set.of("Pub", "SubBefore", "SubAfter"), Set.copyOf(told));
        report.equal("bodies", 1, tally.distinct());
    }

    /** A producer that traces what it sends, started; traces null: into the broker's own topic for them. */
    static DefaultMQProducer producer(Cluster cluster, String traces) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(cluster.name("traced"), null, true, traces);
        producer.setInstanceName(cluster.name("traced"));
        producer.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
        cluster.connect(producer, producer::shutdown);
        producer.start();
        return producer;
    }

    /** A consumer that traces what it takes, not started. */
    static DefaultMQPushConsumer consumer(Cluster cluster, String topic, String traces) throws Exception {
        DefaultMQPushConsumer consumer =
                new DefaultMQPushConsumer(cluster.name("group"), null, new AllocateMessageQueueAveragely(), true, traces);
        cluster.connect(consumer, consumer::shutdown);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, "*");
        return consumer;
    }

    private Tracing() {
    }
}
