package gannet;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Everything an application can put on a message comes back unchanged, and the message is found by key and by id. */
final class Properties {
    private static final String TEXT = "žluťoučký 消息 \uD83D\uDE80 \"quoted\" \\back\\ 'single' {json:1} \n tab\t end";

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer producer = cluster.producer();
        String topic = cluster.topic(producer, "topic", 1);
        Map<String, String> user = new TreeMap<>();
        for (int i = 0; i < 100; i++) user.put("property" + i, "value " + i);
        user.put("unicode", TEXT);
        user.put("ключ", "значение");
        user.put("long", "x".repeat(8000));
        user.put("number", "-9223372036854775808");

        Message message = new Message(topic, "标签", "", TEXT.getBytes(StandardCharsets.UTF_8));
        message.setKeys(List.of("order-77", "Aa", "klíč"));
        message.setFlag(0x12345678);
        user.forEach(message::putUserProperty);
        SendResult sent = producer.send(message);

        List<MessageExt> got = cluster.expectBodies(report, topic, List.of(TEXT));
        if (got.size() != 1) return;
        check(report, "consumed", got.get(0), user);
        check(report, "by offset id", producer.viewMessage(topic, sent.getOffsetMsgId()), user);
        check(report, "by unique id", byId(producer, topic, sent.getMsgId()), user);
        for (String key : List.of("order-77", "Aa", "klíč")) check(report, "by key " + key, byKey(producer, topic, key), user);
        report.equal("unique id", sent.getMsgId(), got.get(0).getMsgId());
        report.equal("colliding key", List.of(), query(producer, topic, "BB"));
    }

    private static void check(Report report, String how, MessageExt m, Map<String, String> user) {
        report.equal(how + " body", TEXT, Tally.body(m));
        report.equal(how + " tags", "标签", m.getTags());
        report.equal(how + " keys", "order-77 Aa klíč", m.getKeys());
        report.equal(how + " flag", 0x12345678, m.getFlag());
        report.equal(how + " queue offset", 0L, m.getQueueOffset());
        report.equal(how + " reconsume times", 0, m.getReconsumeTimes());
        report.equal(how + " sender", "127.0.0.1", ((java.net.InetSocketAddress) m.getBornHost()).getAddress().getHostAddress());
        user.forEach((name, value) -> report.equal(how + " property " + name, value, m.getUserProperty(name)));
    }

    /** The index is built behind the append: asks until it shows the message. */
    private static MessageExt byKey(DefaultMQProducer producer, String topic, String key) throws Exception {
        Cluster.until("key " + key, () -> query(producer, topic, key).size() == 1);
        return query(producer, topic, key).get(0);
    }

    private static MessageExt byId(DefaultMQProducer producer, String topic, String id) throws Exception {
        return producer.viewMessage(topic, id);
    }

    private static List<MessageExt> query(DefaultMQProducer producer, String topic, String key) throws Exception {
        long now = System.currentTimeMillis();
        try {
            QueryResult r = producer.queryMessage(topic, key, 32, now - 3_600_000, now + 3_600_000);
            return r.getMessageList();
        } catch (org.apache.rocketmq.client.exception.MQClientException nothingFound) {
            return List.of();
        }
    }

    private Properties() {
    }
}
