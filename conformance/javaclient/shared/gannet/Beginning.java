package gannet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

/**
 * Where a new group begins. Whatever it asks for, it is told 0 of a queue from which nothing was deleted and whose first
 * message is in memory: all see everything.
 */
final class Beginning {
    private static final int COUNT = 20;

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 2);
        for (int i = 0; i < COUNT; i++) producer.send(new Message(topic, ("body " + i).getBytes(StandardCharsets.UTF_8)));
        List<Tally> tallies = new ArrayList<>();
        List<ConsumeFromWhere> wheres = List.of(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET, ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET,
            ConsumeFromWhere.CONSUME_FROM_TIMESTAMP);
        for (ConsumeFromWhere where : wheres) {
            DefaultMQPushConsumer consumer = cluster.push("group_" + where, topic, "*");
            consumer.setConsumeFromWhere(where);
            Tally tally = new Tally();
            tally.attach(consumer, false);
            consumer.start();
            tallies.add(tally);
        }
        for (int i = 0; i < tallies.size(); i++) {
            tallies.get(i).await(COUNT, Cluster.LIMIT_MILLIS);
            report.equal("bodies, " + wheres.get(i), COUNT, tallies.get(i).distinct());
        }
    }

    private Beginning() {
    }
}
