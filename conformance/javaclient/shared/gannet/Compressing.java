package gannet;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Bodies compressed by LZ4, zstd and zlib, sent at once, with a delay level, as timed messages (5.x) and in transactions, each of
 * which fails once and comes again: whole, of its type, and compressed in the store. For clients from 4.9.4 on, and a broker whose
 * first level is short.
 */
public final class Compressing {
    private static final int SIZE = 50_000;
    private static final List<String> TYPES = List.of("LZ4", "ZSTD", "ZLIB"); // 1, 2 and 3 in the flags

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix");
        Report report = new Report("Compressing");
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.need("prefix"))) {
            run(cluster, report);
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private static void run(Cluster cluster, Report report) throws Exception {
        String topic = cluster.topic(cluster.producer(), "topic", 2);
        Map<String, MessageExt> again = new ConcurrentHashMap<>();
        DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            MessageExt m = batch.get(0);
            context.setDelayLevelWhenNextConsume(1);
            if (m.getReconsumeTimes() == 0) return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            again.put(m.getKeys(), m);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        Set<String> want = new TreeSet<>();
        for (String type : TYPES) want.addAll(send(cluster, topic, type));
        Cluster.until("each again", () -> again.size() >= want.size());
        report.equal("keys", want, new TreeSet<>(again.keySet()));
        again.forEach((key, m) -> {
            report.expect(body(key).equals(Tally.body(m)), "%s: the body came back changed", key);
            report.expect(m.getStoreSize() < SIZE / 4, "%s takes %d bytes in the store", key, m.getStoreSize());
            report.equal("type of " + key, TYPES.indexOf(key.substring(0, key.indexOf('-'))) + 1, (m.getSysFlag() & 0x700) >> 8);
        });
        report.fact("received", again.size());
    }

    /** Sends in each way, compressed so; answers the keys of what was sent. */
    private static Set<String> send(Cluster cluster, String topic, String type) throws Exception {
        // Producers of all versions read it when they are made. 4.9's and 5.1's method for it sets the flag alone, not the compressor.
        System.setProperty("rocketmq.message.compressType", type);
        DefaultMQProducer producer = new DefaultMQProducer(cluster.name("plain" + type));
        TransactionMQProducer deciding = new TransactionMQProducer(cluster.name("deciding" + type));
        deciding.setTransactionListener(new Committing());
        for (DefaultMQProducer p : new DefaultMQProducer[] {producer, deciding}) {
            p.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
            cluster.connect(p, p::shutdown);
            p.start();
        }
        producer.send(message(topic, type + "-once"));
        Message level = message(topic, type + "-level");
        level.setDelayTimeLevel(1);
        producer.send(level);
        deciding.sendMessageInTransaction(message(topic, type + "-transaction"), null);
        Set<String> keys = new TreeSet<>(Set.of(type + "-once", type + "-level", type + "-transaction"));
        Message timed = message(topic, type + "-timed");
        if (Protocol.delay(timed, 1500)) {
            producer.send(timed);
            keys.add(timed.getKeys());
        }
        return keys;
    }

    private static Message message(String topic, String key) {
        return new Message(topic, "tag", key, body(key).getBytes(StandardCharsets.UTF_8));
    }

    private static String body(String key) {
        return (key + " ").repeat(SIZE / (key.length() + 1));
    }

    private static final class Committing implements TransactionListener {
        @Override
        public LocalTransactionState executeLocalTransaction(Message m, Object arg) {
            return LocalTransactionState.COMMIT_MESSAGE;
        }

        @Override
        public LocalTransactionState checkLocalTransaction(MessageExt m) {
            return LocalTransactionState.COMMIT_MESSAGE;
        }
    }

    private Compressing() {
    }
}
