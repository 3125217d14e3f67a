package gannet;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/** Clients with a unit name, which is part of their ids, and in unit mode. */
final class Units {
    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(cluster.name("producer"));
        producer.setUnitName("unitA");
        producer.setUnitMode(true);
        producer.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
        cluster.connect(producer, producer::shutdown);
        producer.start();
        String topic = cluster.topic(producer, "topic", 1);
        producer.send(new Message(topic, "unit".getBytes(StandardCharsets.UTF_8)));
        Tally tally = new Tally();
        DefaultMQPushConsumer consumer = cluster.push("group", topic, "*");
        consumer.setUnitName("unitB");
        consumer.setUnitMode(true);
        tally.attach(consumer, false);
        consumer.start();
        tally.await(1, Cluster.LIMIT_MILLIS);
        report.equal("bodies", List.of("unit"), tally.distinctBodies());
        List<String> members = Version.instance(producer).getMQClientAPIImpl()
            .getConsumerIdListByGroup(Cluster.broker(producer, topic), cluster.name("group"), Cluster.PATIENT_MILLIS);
        report.equal("members", 1, members.size());
        report.expect(members.get(0).endsWith("@unitB"), "the member is %s, without its unit", members.get(0));
    }

    private Units() {
    }
}
