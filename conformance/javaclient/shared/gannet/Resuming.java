package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/** A push consumer that ends commits its offsets; the next member of the group goes on exactly there. */
final class Resuming {
    private static final int COUNT = 50;

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 4);
        long committed = 0;
        for (String round : List.of("first", "second")) {
            List<String> want = new ArrayList<>();
            for (int i = 0; i < COUNT; i++) want.add(round + " " + i);
            for (String body : want) producer.send(new Message(topic, body.getBytes(StandardCharsets.UTF_8)));
            Tally tally = new Tally();
            DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
            tally.attach(consumer, false);
            consumer.start();
            if (tally.await(COUNT, Cluster.LIMIT_MILLIS)) tally.quiet(Cluster.QUIET_MILLIS);
            consumer.shutdown();
            committed += COUNT;
            cluster.untilCommitted(producer, "group", topic, committed);
            List<String> got = tally.distinctBodies();
            report.expect(got.size() == COUNT && got.containsAll(want), "%s round: got %s", round, got);
            report.equal(round + " round duplicates", 0, tally.duplicates());
        }
        report.fact("received", 2 * COUNT);
    }

    private Resuming() {
    }
}
