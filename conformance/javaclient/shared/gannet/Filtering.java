package gannet;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Tag filters of push consumers. The broker filters by hash code: "Aa" and "BB" collide and only the client parts them. */
final class Filtering {
    private static final List<String> TAGS = List.of("TagA", "TagB", "TagC", "Aa", "BB", "标签");
    private static final int EACH = 25;

    static void tags(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 4);
        for (int i = 0; i < EACH; i++) {
            for (String tag : TAGS) {
                producer.send(new Message(topic, tag, (tag + " " + i).getBytes(StandardCharsets.UTF_8)));
            }
            producer.send(new Message(topic, ("untagged " + i).getBytes(StandardCharsets.UTF_8)));
        }
        expect(cluster, report, topic, "one", "TagB", Map.of("TagB", EACH));
        expect(cluster, report, topic, "two", "TagA || TagC", Map.of("TagA", EACH, "TagC", EACH));
        expect(cluster, report, topic, "collision", "Aa", Map.of("Aa", EACH));
        expect(cluster, report, topic, "unicode", "标签||nobody", Map.of("标签", EACH));
        Map<String, Integer> all = new TreeMap<>(Map.of("untagged", EACH));
        TAGS.forEach(tag -> all.put(tag, EACH));
        expect(cluster, report, topic, "all", "*", all);
    }

    private static void expect(Cluster cluster, Report report, String topic, String group, String tags, Map<String, Integer> want)
        throws Exception {
        Tally tally = new Tally();
        DefaultMQPushConsumer consumer = cluster.push(group, topic, tags);
        tally.attach(consumer, false);
        consumer.start();
        int total = want.values().stream().mapToInt(Integer::intValue).sum();
        if (tally.await(total, Cluster.LIMIT_MILLIS)) tally.quiet(Cluster.QUIET_MILLIS);
        Map<String, Integer> got = new TreeMap<>();
        for (MessageExt m : tally.messages()) got.merge(Tally.body(m).split(" ")[0], 1, Integer::sum);
        report.equal("messages for \"" + tags + "\"", new TreeMap<>(want), got);
        report.fact(group, tally.messages().size());
    }

    private Filtering() {
    }
}
