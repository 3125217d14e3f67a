package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/**
 * Groups that read the old messages of a topic with one queue, where a group may read one byte of such in 5 s: what one pull brings,
 * and no second pull. A push consumer is refused with SYSTEM_BUSY, --cause beginning the remark, and asks again after 3 s; a pull
 * consumer waits. Both come to all messages. A group to which an administrator gives more is not put off.
 */
@SuppressWarnings("deprecation")
public final class Cold {
    private static final int SYSTEM_BUSY = 2;
    private static final int BATCH = 8;
    /** Less than any wait for the broker, and more than all pulls take without. */
    private static final long PUT_OFF_MILLIS = 1_000;

    private final Cluster cluster;
    private final Report report;
    private final DefaultMQProducer admin;
    private final MessageQueue queue;
    private final String broker;
    private final int count;
    private final Tally tally = new Tally();
    private final AtomicLong first = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong last = new AtomicLong(Long.MIN_VALUE);

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix", "topic", "count", "cause");
        Report report = new Report("Cold");
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.text("prefix", "Cold"))) {
            Cold cold = new Cold(cluster, report, args.need("topic"), args.number("count", 0));
            cold.push();
            cold.pulled();
            cold.pushed(args.need("cause"));
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private Cold(Cluster cluster, Report report, String topic, int count) throws Exception {
        this.cluster = cluster;
        this.report = report;
        this.count = count;
        admin = cluster.producer();
        queue = admin.fetchPublishMessageQueues(topic).get(0);
        broker = Cluster.broker(admin, topic);
    }

    private void push() throws Exception {
        DefaultMQPushConsumer consumer = cluster.push("pushed", queue.getTopic(), "*");
        consumer.setPullBatchSize(BATCH);
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            long now = System.nanoTime();
            first.accumulateAndGet(now, Math::min);
            last.accumulateAndGet(now, Math::max);
            batch.forEach(tally::add);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
    }

    /** A push consumer keeps to itself what its pulls are answered, so the pull that is looked at is one like its own. */
    private void pushed(String cause) throws Exception {
        tally.await(count, Cluster.LIMIT_MILLIS);
        tally.quiet(Cluster.QUIET_MILLIS);
        report.equal("messages pushed", count, tally.distinct());
        report.equal("duplicates", 0, tally.duplicates());
        long millis = (last.get() - first.get()) / 1_000_000;
        report.fact("pushedMillis", millis).expect(millis >= PUT_OFF_MILLIS, "all were pushed within %d ms: nothing was put off", millis);

        String group = cluster.name("pushed");
        RemotingCommand[] answer = new RemotingCommand[1];
        Cluster.until("the refusal of a pull", () -> {
            answer[0] = ask(group);
            return answer[0].getCode() != 0;
        });
        report.equal("code", SYSTEM_BUSY, answer[0].getCode());
        report.expect(answer[0].getRemark().startsWith(cause.replace("GROUP", group)), "refused with %s", answer[0].getRemark());
    }

    private RemotingCommand ask(String group) throws Exception {
        return Direct.ask(admin, broker, 11, null, "consumerGroup", group, "topic", queue.getTopic(), "queueId", "0", "queueOffset", "0",
            "maxMsgNums", "1", "sysFlag", "0", "commitOffset", "0", "suspendTimeoutMillis", "0", "subVersion", "0");
    }

    private void pulled() throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(cluster.name("pulled"));
        cluster.connect(consumer, consumer::shutdown);
        consumer.setInstanceName(consumer.getConsumerGroup()); // who shares an instance has the heartbeats of the first
        consumer.setHeartbeatBrokerInterval(100); // by heartbeats the broker knows who pulls by himself
        consumer.start();
        Cluster.until("the broker to know the member", () -> {
            consumer.maxOffset(queue); // so does the client learn of the broker
            return Direct.ask(admin, broker, 203, null, "consumerGroup", consumer.getConsumerGroup()).getCode() == 0;
        });
        Map<PullStatus, Integer> statuses = new TreeMap<>();
        List<String> bodies = new ArrayList<>();
        long begin = System.nanoTime();
        long offset = 0;
        while (bodies.size() < count && System.nanoTime() - begin < Cluster.LIMIT_MILLIS * 1_000_000) {
            PullResult result = consumer.pull(queue, "*", offset, BATCH);
            statuses.merge(result.getPullStatus(), 1, Integer::sum);
            offset = result.getNextBeginOffset();
            if (result.getPullStatus() != PullStatus.FOUND) continue;
            for (MessageExt m : result.getMsgFoundList()) bodies.add(new String(m.getBody(), StandardCharsets.UTF_8));
        }
        long millis = (System.nanoTime() - begin) / 1_000_000;
        report.fact("pulledMillis", millis).fact("statuses", statuses);
        report.expect(millis >= PUT_OFF_MILLIS, "all were pulled within %d ms: nothing was put off", millis);
        report.equal("messages pulled", count, bodies.size());
        report.equal("distinct messages pulled", count, new TreeSet<>(bodies).size());

        Direct.tell(admin, broker, 2001, consumer.getConsumerGroup() + "=1000000000");
        begin = System.nanoTime();
        for (int i = 0; i < 5; i++) {
            report.equal("pull of a group that may read more", PullStatus.FOUND, consumer.pull(queue, "*", 0, BATCH).getPullStatus());
        }
        report.fact("freeMillis", (System.nanoTime() - begin) / 1_000_000);
    }
}
