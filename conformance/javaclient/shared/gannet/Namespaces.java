package gannet;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

/** Two namespaces with one name of a topic and of a group: clients put the namespace before names, and take it off again. */
final class Namespaces {
    static void run(Cluster cluster, Report report) throws Exception {
        String topic = cluster.name("topic");
        for (String space : List.of("one", "two")) {
            DefaultMQProducer producer = new DefaultMQProducer(space, cluster.name("producer"));
            cluster.connect(producer, producer::shutdown);
            producer.setInstanceName(cluster.name(space));
            producer.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
            producer.start();
            producer.send(new Message(topic, space.getBytes(StandardCharsets.UTF_8)));
        }
        for (String space : List.of("one", "two")) {
            DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(space, cluster.name("group"));
            cluster.connect(consumer, consumer::shutdown);
            consumer.setInstanceName(cluster.name("c" + space));
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
            consumer.subscribe(topic, "*");
            Tally tally = new Tally();
            tally.attach(consumer, false);
            consumer.start();
            if (tally.await(1, Cluster.LIMIT_MILLIS)) tally.quiet(Cluster.QUIET_MILLIS);
            report.equal("bodies in " + space, List.of(space), tally.distinctBodies());
            report.equal("topic as seen in " + space, topic, tally.messages().get(0).getTopic());
        }
    }

    private Namespaces() {
    }
}
