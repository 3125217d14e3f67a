package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/** Two members of a broadcasting group each get everything, and the broker is told no offset of theirs. */
final class Broadcasting {
    private static final int COUNT = 40;

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 4);
        Set<String> want = new TreeSet<>();
        for (int i = 0; i < COUNT; i++) {
            want.add("body " + i);
            producer.send(new Message(topic, ("body " + i).getBytes(StandardCharsets.UTF_8)));
        }
        List<Tally> members = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
            consumer.setInstanceName(cluster.name("member" + i));
            Protocol.broadcast(consumer);
            Tally tally = new Tally();
            tally.attach(consumer, false);
            consumer.start();
            members.add(tally);
        }
        for (Tally tally : members) {
            tally.await(COUNT, Cluster.LIMIT_MILLIS);
            report.equal("bodies", want, new TreeSet<>(tally.distinctBodies()));
            report.equal("duplicates", 0, tally.duplicates());
        }
        report.equal("offsets at the broker", 0L, Math.max(0, Protocol.committed(producer, cluster.name("group"), Cluster.sorted(producer.fetchPublishMessageQueues(topic)).get(0))));
    }

    private Broadcasting() {
    }
}
