package gannet;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * What an administrator does with a group that consumes: asks for its offsets and for how a member is, has a member consume a
 * message at once, and sets the group back to the beginning: it consumes everything again.
 */
final class Resetting {
    private static final int COUNT = 12;

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 2);
        SendResult last = null;
        for (int i = 0; i < COUNT; i++) last = producer.send(new Message(topic, ("body " + i).getBytes(StandardCharsets.UTF_8)));
        Tally tally = new Tally();
        DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
        consumer.setPersistConsumerOffsetInterval(200);
        tally.attach(consumer, false);
        consumer.start();
        tally.await(COUNT, Cluster.LIMIT_MILLIS);
        cluster.untilCommitted(producer, "group", topic, COUNT);
        String group = cluster.name("group");
        String broker = Cluster.broker(producer, topic);
        MQClientAPIImpl api = Version.instance(producer).getMQClientAPIImpl();

        Map<String, Map<MessageQueue, Long>> status = api.invokeBrokerToGetConsumerStatus(broker, topic, group, "", Cluster.PATIENT_MILLIS);
        report.equal("members that tell their offsets", 1, status.size());
        String client = status.keySet().iterator().next();
        report.equal("offsets that they tell", (long) COUNT, status.get(client).values().stream().mapToLong(Long::longValue).sum());
        report.equal("topics of a member", 2, api.getConsumerRunningInfo(broker, group, client, false, Cluster.PATIENT_MILLIS).getSubscriptionSet().size());
        report.equal("consumed at once", "CR_SUCCESS", Protocol.consumeDirectly(producer, broker, group, client, topic, last.getOffsetMsgId()));
        report.equal("seen before the reset", COUNT + 1, tally.messages().size());

        Map<MessageQueue, Long> reset = api.invokeBrokerToResetOffset(broker, topic, group, 0, true, Cluster.PATIENT_MILLIS);
        report.equal("reset to", List.of(0L, 0L), List.copyOf(reset.values()));
        Cluster.until("everything again", () -> tally.messages().size() >= 2 * COUNT + 1);
        report.equal("bodies", COUNT, tally.distinct());
        cluster.untilCommitted(producer, "group", topic, COUNT);
        report.fact("received", tally.messages().size());
    }

    private Resetting() {
    }
}
