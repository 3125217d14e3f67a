package gannet;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/**
 * Sends exactly --count messages of --size bytes as fast as it can, or --rate a second, from --threads threads of one
 * producer; counts every answer. Stands in for org.apache.rocketmq.example.benchmark.Producer, which is not on Maven
 * Central. A body begins with its number, 8 bytes, so that BenchConsumer can tell each from the others.
 *
 * <p>--mode sync (default), async (at most --window unanswered) or batch (--batch messages a request). With --rate the
 * time of a send counts from the moment it was due, not from when a late thread came to it.
 */
public final class BenchProducer {
    private final DefaultMQProducer producer;
    private final String topic;
    private final String mode;
    private final int size;
    private final int count;
    private final int batch;
    private final double nanosEach;
    private final Semaphore window;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong ok = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final Latency latency = new Latency();
    private final int windowSize;
    private long start;

    private BenchProducer(Args args, DefaultMQProducer producer) {
        this.producer = producer;
        topic = args.need("topic");
        mode = args.text("mode", "sync");
        if (!List.of("sync", "async", "batch").contains(mode)) Args.usage("--mode sync, async or batch");
        size = Math.max(8, args.number("size", 1024));
        count = args.number("count", 100_000);
        batch = mode.equals("batch") ? args.number("batch", 16) : 1;
        int rate = args.number("rate", 0);
        nanosEach = rate == 0 ? 0 : 1e9 / rate;
        windowSize = args.number("window", 1024);
        window = new Semaphore(windowSize);
    }

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "topic", "queues", "threads", "size", "count", "warmup", "mode", "window", "batch", "rate");
        DefaultMQProducer producer = new DefaultMQProducer("bench_producer");
        producer.setNamesrvAddr(args.need("namesrv"));
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        producer.setRetryTimesWhenSendFailed(0);
        producer.setRetryTimesWhenSendAsyncFailed(0);
        producer.start();
        Cluster.createTopic(producer, args.need("topic"), args.number("queues", 8));
        new BenchProducer(args, producer).run(args.number("threads", 8), args.number("warmup", 0));
    }

    /** The warm-up messages go to the same topic with numbers behind count; they are sent one by one and not counted. */
    private void run(int threads, int warmup) throws Exception {
        for (int i = 0; i < warmup; i++) producer.send(message(count + i));
        Report report = new Report("BenchProducer");
        start = System.nanoTime();
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread t = new Thread(this::sendAll, "bench-" + i);
            t.start();
            running.add(t);
        }
        for (Thread t : running) t.join();
        window.acquire(windowSize);
        double seconds = (System.nanoTime() - start) / 1e9;
        report.end();
        producer.shutdown();
        report.equal("answers", (long) count, ok.get() + failed.get());
        report.equal("failed sends", 0L, failed.get());
        report.fact("sent", ok.get()).fact("failed", failed.get()).fact("seconds", seconds).fact("perSecond", ok.get() / seconds);
        latency.facts(report, "send");
        report.exit();
    }

    private void sendAll() {
        for (int from = next.getAndAdd(batch); from < count; from = next.getAndAdd(batch)) {
            long due = nanosEach == 0 ? System.nanoTime() : start + (long) (from * nanosEach);
            for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) LockSupport.parkNanos(wait);
            int messages = Math.min(batch, count - from);
            try {
                send(from, messages, due);
            } catch (Exception e) {
                done(null, messages, due);
            }
        }
    }

    private void send(int from, int messages, long due) throws Exception {
        if (mode.equals("sync")) {
            done(producer.send(message(from)), 1, due);
        } else if (mode.equals("batch")) {
            List<Message> list = new ArrayList<>(messages);
            for (int i = 0; i < messages; i++) list.add(message(from + i));
            done(producer.send(list), messages, due);
        } else {
            sendAsync(from, due);
        }
    }

    private void sendAsync(int number, long due) throws Exception {
        window.acquire();
        SendCallback callback = new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                done(result, 1, due);
                window.release();
            }

            @Override
            public void onException(Throwable cause) {
                done(null, 1, due);
                window.release();
            }
        };
        try {
            producer.send(message(number), callback);
        } catch (Exception refused) {
            window.release(); // the callback is not called for a send that threw
            throw refused;
        }
    }

    private void done(SendResult result, int messages, long due) {
        boolean good = result != null && result.getSendStatus() == SendStatus.SEND_OK;
        (good ? ok : failed).addAndGet(messages);
        latency.add(System.nanoTime() - due);
    }

    private Message message(int number) {
        byte[] body = new byte[size];
        ByteBuffer.wrap(body).putLong(number);
        return new Message(topic, body);
    }
}
