package gannet;

import java.nio.charset.StandardCharsets;
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
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Bodies compressed by LZ4, zstd and zlib, sent at once, with a delay level, as timed messages and in transactions, each of which
 * fails once and comes again: whole, of its type, and compressed in the store. For a broker whose first level is short.
 */
public final class Compressing {
    private static final int SIZE = 50_000;

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
        for (CompressionType type : CompressionType.values()) {
            DefaultMQProducer producer = new DefaultMQProducer(cluster.name("plain" + type));
            TransactionMQProducer deciding = new TransactionMQProducer(cluster.name("deciding" + type));
            deciding.setTransactionListener(new Committing());
            for (DefaultMQProducer p : new DefaultMQProducer[] {producer, deciding}) {
                p.setCompressType(type);
                p.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
                cluster.connect(p, p::shutdown);
                p.start();
            }
            Map<String, Message> messages = new TreeMap<>();
            for (String way : new String[] {"once", "level", "timed", "transaction"}) {
                String key = type + "-" + way;
                messages.put(way, new Message(topic, "tag", key, body(key).getBytes(StandardCharsets.UTF_8)));
                want.add(key);
            }
            messages.get("level").setDelayTimeLevel(1);
            messages.get("timed").setDelayTimeMs(1500);
            for (String way : new String[] {"once", "level", "timed"}) producer.send(messages.get(way));
            deciding.sendMessageInTransaction(messages.get("transaction"), null);
        }
        Cluster.until("each again", () -> again.size() >= want.size());
        report.equal("keys", want, new TreeSet<>(again.keySet()));
        again.forEach((key, m) -> {
            report.expect(body(key).equals(Tally.body(m)), "%s: the body came back changed", key);
            report.expect(m.getStoreSize() < SIZE / 4, "%s takes %d bytes in the store", key, m.getStoreSize());
            report.equal("type of " + key, key.substring(0, key.indexOf('-')), CompressionType.findByValue((m.getSysFlag() & 0x700) >> 8).name());
        });
        report.fact("received", again.size());
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
