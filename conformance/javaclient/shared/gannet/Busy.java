package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * More sends at a time than the broker takes: some are refused with SYSTEM_BUSY and a remark that begins with --cause. What was refused is
 * not stored: sent again until it is accepted it comes once to a group that consumes meanwhile. One send after the other is not refused.
 * 5.3.3 sends again by itself, twice, and then tells of its own exception, caused by the broker's, which older clients throw at once.
 */
public final class Busy {
    private static final int SYSTEM_BUSY = 2;
    private static final int THREADS = 16;
    private static final int EACH = 15;
    private static final int MOST = 1000;
    private static final int BURST = 100;
    private static final int CALM = 20;

    private final Report report;
    private final String cause;
    private final String topic;
    private final DefaultMQProducer producer;
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final Set<String> thrown = ConcurrentHashMap.newKeySet();
    private final long end = System.nanoTime() + Cluster.LIMIT_MILLIS * 1_000_000;

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix", "cause");
        Report report = new Report("Busy");
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.text("prefix", "Busy"))) {
            new Busy(cluster, report, args.need("cause")).run(cluster);
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private Busy(Cluster cluster, Report report, String cause) throws Exception {
        this.report = report;
        this.cause = cause;
        producer = cluster.producer();
        topic = cluster.topic(producer, "topic", 4);
    }

    private void run(Cluster cluster) throws Exception {
        Tally tally = new Tally();
        DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
        tally.attach(consumer, false);
        consumer.start();
        send("first");
        report.expect(tally.await(1, Cluster.LIMIT_MILLIS), "the group was given nothing before the load");

        threads();
        report.fact("refused", refused.get()).fact("thrown", new ArrayList<>(thrown));
        report.expect(refused.getAndSet(0) > 0, "no send of %d threads was refused", THREADS);
        callbacks();
        report.fact("refusedCallbacks", refused.get());
        report.expect(refused.getAndSet(0) > 0, "no send with a callback was refused");

        for (int i = 0; i < CALM; i++) send("calm " + i);
        report.equal("refusals of one send after the other", 0, refused.get());
        tally.await(accepted.get(), Cluster.LIMIT_MILLIS);
        tally.quiet(Cluster.QUIET_MILLIS);
        report.equal("messages", accepted.get(), tally.distinct());
        report.equal("duplicates", 0, tally.duplicates());
        long stored = 0;
        for (MessageQueue queue : producer.fetchPublishMessageQueues(topic)) stored += producer.maxOffset(queue);
        report.equal("stored", (long) accepted.get(), stored);
        report.fact("accepted", accepted.get());
    }

    private void threads() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> all = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            String name = "thread " + t + " ";
            all.add(pool.submit(() -> {
                for (int i = 0; i < EACH || i < MOST && refused.get() == 0; i++) send(name + i);
                return null;
            }));
        }
        for (Future<?> f : all) f.get(2 * Cluster.LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        pool.shutdown();
    }

    private Message message(String body) {
        return new Message(topic, body.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends until the message is accepted, as an application would that waits a little after a refusal. */
    private void send(String body) throws Exception {
        while (System.nanoTime() < end) {
            try {
                accept(body, producer.send(message(body)));
                return;
            } catch (Exception e) {
                thrown.add(e.getClass().getSimpleName());
                refuse(body, e);
            }
            Thread.sleep(5);
        }
        throw new IllegalStateException(body + " was not accepted");
    }

    /** Sends all at a time, then those that were refused, and so on. */
    private void callbacks() throws Exception {
        Set<String> left = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < BURST; i++) left.add("callback " + i);
        while (!left.isEmpty()) {
            if (System.nanoTime() > end) throw new IllegalStateException(left + " were not accepted");
            List<String> bodies = new ArrayList<>(left);
            CountDownLatch answers = new CountDownLatch(bodies.size());
            for (String body : bodies) {
                producer.send(message(body), new SendCallback() {
                    @Override
                    public void onSuccess(SendResult result) {
                        accept(body, result);
                        left.remove(body);
                        answers.countDown();
                    }

                    @Override
                    public void onException(Throwable e) {
                        refuse(body, e);
                        answers.countDown();
                    }
                });
            }
            if (!answers.await(Cluster.LIMIT_MILLIS, TimeUnit.MILLISECONDS)) throw new IllegalStateException(answers + " without an answer");
        }
    }

    private void accept(String body, SendResult result) {
        accepted.incrementAndGet();
        report.equal("status of " + body, SendStatus.SEND_OK, result.getSendStatus());
    }

    /** Anything but a refusal for the cause that is expected leaves open whether the message was stored. */
    private void refuse(String body, Throwable e) {
        Throwable at = e;
        while (at != null && !(at instanceof MQBrokerException)) at = at.getCause();
        if (at == null) {
            report.failed(e);
            return;
        }
        refused.incrementAndGet();
        MQBrokerException told = (MQBrokerException) at;
        report.equal("code for " + body, SYSTEM_BUSY, told.getResponseCode());
        report.expect(told.getErrorMessage().startsWith(cause), "%s was refused with %s, want %s", body, told.getErrorMessage(), cause);
    }
}
