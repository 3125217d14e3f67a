package gannet;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Receives the messages 0 to COUNT-1 of BenchProducer with a push consumer, each at least once; numbers from COUNT on are
 * its warm-up and ignored. Measures from the first message to the last, and from birth to receipt by the machine's clock.
 * --mode orderly consumes queue by queue under locks. Stands in for org.apache.rocketmq.example.benchmark.Consumer, which is not on Maven Central.
 */
public final class BenchConsumer {
    private final int count;
    private final BitSet seen = new BitSet();
    private final CountDownLatch all = new CountDownLatch(1);
    private final Latency latency = new Latency();
    private long received;
    private int distinct;
    private long first;
    private long last;

    private BenchConsumer(int count) {
        this.count = count;
    }

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "topic", "group", "count", "seconds", "batch", "threads", "mode");
        Report report = new Report("BenchConsumer");
        BenchConsumer bench = new BenchConsumer(args.number("count", 100_000));
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args.text("group", "bench_consumer"));
        consumer.setNamesrvAddr(args.need("namesrv"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setConsumeMessageBatchMaxSize(args.number("batch", 32));
        consumer.setConsumeThreadMax(args.number("threads", 20));
        consumer.setConsumeThreadMin(args.number("threads", 20));
        consumer.subscribe(args.need("topic"), "*");
        if (args.text("mode", "concurrent").equals("orderly")) {
            consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
                bench.add(batch);
                return ConsumeOrderlyStatus.SUCCESS;
            });
        } else {
            consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
                bench.add(batch);
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
        }
        consumer.start();
        bench.all.await(args.number("seconds", 120), TimeUnit.SECONDS);
        consumer.shutdown();
        bench.report(report);
    }

    private void add(List<MessageExt> batch) {
        long now = System.currentTimeMillis();
        for (MessageExt m : batch) add(m, now);
    }

    private void add(MessageExt m, long now) {
        long number = ByteBuffer.wrap(m.getBody()).getLong();
        if (number >= count) return;
        latency.add((now - m.getBornTimestamp()) * 1_000_000);
        synchronized (this) {
            last = System.nanoTime();
            if (received++ == 0) first = last;
            if (seen.get((int) number)) return;
            seen.set((int) number);
            if (++distinct == count) all.countDown();
        }
    }

    private synchronized void report(Report report) {
        double seconds = (last - first) / 1e9;
        report.equal("distinct messages", count, distinct);
        report.fact("received", received).fact("distinct", distinct).fact("duplicates", received - distinct);
        report.fact("seconds", seconds).fact("perSecond", seconds == 0 ? 0 : received / seconds);
        latency.facts(report, "birthToReceipt");
        report.exit();
    }
}
