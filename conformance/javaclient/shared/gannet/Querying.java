package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Looking for messages: by keys, of which some have one hash, in ranges of time, at most so many, and by both ids. */
final class Querying {
    private static final int COUNT = 10;

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 2);
        String other = cluster.topic(producer, "other", 1);
        List<SendResult> sent = new ArrayList<>();
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            Message m = new Message(topic, "", i % 2 == 0 ? "Aa all" : "BB all", ("body " + i).getBytes(StandardCharsets.UTF_8));
            sent.add(producer.send(m));
            times.add(producer.viewMessage(topic, sent.get(i).getOffsetMsgId()).getStoreTimestamp());
            Thread.sleep(i == COUNT / 2 - 1 ? 2100 : 1); // the index knows seconds
        }
        producer.send(new Message(other, "", "all", "other".getBytes(StandardCharsets.UTF_8)));
        Cluster.until("the index", () -> find(producer, other, "all", 32, 0, Long.MAX_VALUE).size() == 1);
        report.equal("all", COUNT, find(producer, topic, "all", 32, 0, Long.MAX_VALUE).size());
        report.equal("one hash, one key", List.of("body 0", "body 2", "body 4", "body 6", "body 8"), find(producer, topic, "Aa", 32, 0, Long.MAX_VALUE));
        report.equal("one hash, the other key", COUNT / 2, find(producer, topic, "BB", 32, 0, Long.MAX_VALUE).size());
        report.equal("no such key", List.of(), find(producer, topic, "al", 32, 0, Long.MAX_VALUE));
        report.equal("at most", 3, find(producer, topic, "all", 3, 0, Long.MAX_VALUE).size());
        long split = times.get(COUNT / 2) - 1000;
        report.equal("before", COUNT / 2, find(producer, topic, "all", 32, times.get(0) - 3_600_000, split).size());
        report.equal("after", COUNT / 2, find(producer, topic, "all", 32, split, times.get(COUNT - 1) + 3_600_000).size());
        report.equal("never", List.of(), find(producer, topic, "all", 32, 0, times.get(0) - 3_600_000));
        MessageExt byUnique = producer.viewMessage(topic, sent.get(3).getMsgId());
        report.equal("by unique id", "body 3", Tally.body(byUnique));
        report.equal("by offset id", "body 3", Tally.body(producer.viewMessage(topic, sent.get(3).getOffsetMsgId())));
    }

    private static List<String> find(DefaultMQProducer producer, String topic, String key, int most, long begin, long end) throws Exception {
        List<String> bodies = new ArrayList<>();
        try {
            for (MessageExt m : producer.queryMessage(topic, key, most, begin, end).getMessageList()) bodies.add(Tally.body(m));
        } catch (MQClientException nothingFound) {
            return List.of();
        }
        return bodies;
    }

    private Querying() {
    }
}
