package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** The four ways to send. Each sends known bodies, checks the answers, and reads everything back. */
final class Sending {
    private static final int COUNT = 200;

    static void sync(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 4);
        List<SendResult> results = new ArrayList<>();
        for (String body : bodies()) results.add(producer.send(message(topic, body)));
        checkResults(report, results);
        cluster.expectBodies(report, topic, bodies());
    }

    static void async(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 4);
        ConcurrentLinkedQueue<SendResult> results = new ConcurrentLinkedQueue<>();
        CountDownLatch answered = new CountDownLatch(COUNT);
        for (String body : bodies()) {
            producer.send(message(topic, body), new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    results.add(result);
                    answered.countDown();
                }

                @Override
                public void onException(Throwable cause) {
                    report.failed(cause);
                    answered.countDown();
                }
            });
        }
        report.expect(answered.await(Cluster.LIMIT_MILLIS, TimeUnit.MILLISECONDS), "%d sends unanswered", answered.getCount());
        checkResults(report, new ArrayList<>(results));
        cluster.expectBodies(report, topic, bodies());
    }

    static void oneway(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 4);
        for (String body : bodies()) producer.sendOneway(message(topic, body));
        cluster.expectBodies(report, topic, bodies());
    }

    /** One request of COUNT messages: one queue, consecutive offsets, tags and keys kept per message. */
    static void batch(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 4);
        List<Message> batch = new ArrayList<>();
        for (String body : bodies()) batch.add(message(topic, body));
        SendResult result = producer.send(batch);
        report.equal("status", SendStatus.SEND_OK, result.getSendStatus());
        report.equal("message ids", COUNT, result.getMsgId().split(",").length);
        report.equal("first offset", 0L, result.getQueueOffset());

        Set<Long> offsets = new TreeSet<>();
        Set<Integer> queues = new TreeSet<>();
        for (MessageExt m : cluster.expectBodies(report, topic, bodies())) {
            offsets.add(m.getQueueOffset());
            queues.add(m.getQueueId());
            String body = Tally.body(m);
            report.equal("offset of " + body, (long) Integer.parseInt(body.split(" ")[1]), m.getQueueOffset());
            report.equal("tags of " + body, "Tag" + body.length(), m.getTags());
            report.equal("keys of " + body, "K" + body.hashCode(), m.getKeys());
        }
        report.equal("queues", Set.of(result.getMessageQueue().getQueueId()), queues);
        report.equal("distinct offsets", COUNT, offsets.size());
    }

    /** Every send OK, every id new, and the offsets of each queue 0, 1, 2 … without a gap. */
    private static void checkResults(Report report, List<SendResult> results) {
        Set<String> ids = new HashSet<>();
        Set<String> offsetIds = new HashSet<>();
        Map<Integer, Set<Long>> offsets = new TreeMap<>();
        for (SendResult r : results) {
            report.equal("status of " + r.getMsgId(), SendStatus.SEND_OK, r.getSendStatus());
            ids.add(r.getMsgId());
            offsetIds.add(r.getOffsetMsgId());
            offsets.computeIfAbsent(r.getMessageQueue().getQueueId(), q -> new TreeSet<>()).add(r.getQueueOffset());
        }
        report.equal("answers", COUNT, results.size());
        report.equal("distinct message ids", COUNT, ids.size());
        report.equal("distinct offset ids", COUNT, offsetIds.size());
        offsets.forEach((queue, got) -> {
            Set<Long> want = new TreeSet<>();
            for (long i = 0; i < got.size(); i++) want.add(i);
            report.equal("offsets of queue " + queue, want, got);
        });
        report.equal("offsets in all queues", COUNT, offsets.values().stream().mapToInt(Set::size).sum());
        report.fact("sent", results.size());
    }

    private static List<String> bodies() {
        List<String> list = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) list.add("body " + i);
        return list;
    }

    private static Message message(String topic, String body) {
        return new Message(topic, "Tag" + body.length(), "K" + body.hashCode(), body.getBytes(StandardCharsets.UTF_8));
    }

    private Sending() {
    }
}
