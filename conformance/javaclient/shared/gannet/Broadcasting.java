package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.store.OffsetStore;
import org.apache.rocketmq.client.consumer.store.ReadOffsetType;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Two members of a broadcasting group each get everything, and the broker is told no offset of theirs. What fails with a member
 * does not come again.
 */
final class Broadcasting {
    private static final int COUNT = 40;
    private static final String FAILING = "body 7";
    private static final int DEAD = -1; // delay level of a failure that the broker would store at once

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 4);
        Set<String> want = new TreeSet<>();
        for (int i = 0; i < COUNT; i++) {
            want.add("body " + i);
            producer.send(new Message(topic, ("body " + i).getBytes(StandardCharsets.UTF_8)));
        }
        List<Tally> members = new ArrayList<>();
        List<DefaultMQPushConsumer> consumers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
            consumer.setInstanceName(cluster.name("member" + i));
            Protocol.broadcast(consumer);
            Tally tally = new Tally();
            if (i == 0) fail(consumer, tally);
            else tally.attach(consumer, false);
            consumer.start();
            members.add(tally);
            consumers.add(consumer);
        }
        for (Tally tally : members) tally.await(COUNT, Cluster.LIMIT_MILLIS);
        List<MessageQueue> queues = Cluster.sorted(producer.fetchPublishMessageQueues(topic));
        Cluster.until("the end of the failure", () -> consumed(consumers.get(0), queues) == COUNT);
        for (Tally tally : members) {
            tally.quiet(Cluster.QUIET_MILLIS);
            report.equal("bodies", want, new TreeSet<>(tally.distinctBodies()));
            report.equal("duplicates", 0, tally.duplicates());
        }
        String group = cluster.name("group");
        report.equal("offsets at the broker", 0L, Math.max(0, Protocol.committed(producer, group, queues.get(0))));
        for (String prefix : List.of("%RETRY%", "%DLQ%")) {
            long held = producer.maxOffset(new MessageQueue(prefix + group, queues.get(0).getBrokerName(), 0));
            report.equal("messages in " + prefix + group, 0L, held);
        }
    }

    /** Has the consumer fail with one message each time that it comes. */
    private static void fail(DefaultMQPushConsumer consumer, Tally tally) {
        consumer.setConsumeMessageBatchMaxSize(1);
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            batch.forEach(tally::add);
            context.setDelayLevelWhenNextConsume(DEAD);
            boolean failed = Tally.body(batch.get(0)).equals(FAILING);
            return failed ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
    }

    /** How far the member is, by its own offsets, which it moves when it is through with a failure. */
    private static long consumed(DefaultMQPushConsumer member, List<MessageQueue> queues) {
        OffsetStore offsets = member.getDefaultMQPushConsumerImpl().getOffsetStore();
        return queues.stream().mapToLong(q -> Math.max(0, offsets.readOffset(q, ReadOffsetType.READ_FROM_MEMORY))).sum();
    }

    private Broadcasting() {
    }
}
