package gannet;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/**
 * What an administrator forbids, and allows again: a group to consume, a group to consume one topic, sends to the broker by its own
 * permission and by that which the name server gives it. Clients are told so in Java's words, and go on by themselves when it is
 * allowed. The broker must not be used by others meanwhile.
 */
@SuppressWarnings("deprecation")
public final class Refusals {
    private static final int COUNT = 10;
    private static final int NO_PERMISSION = 16;
    private static final int NO_ROUTE = 10005;

    private final Cluster cluster;
    private final Report report;
    private final String namesrv;
    private final DefaultMQProducer admin;
    private final String topic;
    private final MessageQueue queue;
    private final String broker;

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix");
        String namesrv = args.need("namesrv");
        Report report = new Report("Refusals");
        try (Cluster cluster = new Cluster(namesrv, args.text("prefix", "No"))) {
            Refusals r = new Refusals(cluster, report, namesrv);
            r.group();
            r.topicOfAGroup();
            r.sends();
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private Refusals(Cluster cluster, Report report, String namesrv) throws Exception {
        this.cluster = cluster;
        this.report = report;
        this.namesrv = namesrv;
        admin = cluster.producer();
        topic = cluster.topic(admin, "topic", 1);
        queue = admin.fetchPublishMessageQueues(topic).get(0);
        broker = Cluster.broker(admin, topic);
        for (int i = 0; i < COUNT; i++) admin.send(message("body " + i));
    }

    private Message message(String body) {
        return new Message(topic, body.getBytes(StandardCharsets.UTF_8));
    }

    /** consumeEnable=false: pulls are refused, and a consumer that is started gets nothing before that ends. */
    private void group() throws Exception {
        String pulling = cluster.name("pulling");
        String pushing = cluster.name("pushing");
        Direct.group(admin, broker, pulling, "\"consumeEnable\":false");
        Direct.group(admin, broker, pushing, "\"consumeEnable\":false");
        Tally tally = started("pushing");
        DefaultMQPullConsumer consumer = cluster.pull("pulling");
        try {
            report.expect(false, "a group that must not consume was given %s", consumer.pull(queue, "*", 0, 32));
        } catch (MQBrokerException e) {
            report.equal("code for a group", NO_PERMISSION, e.getResponseCode());
            report.equal("remark for a group", "subscription group no permission, " + pulling, e.getErrorMessage());
        }
        report.equal("messages for a group that must not consume", 0, tally.distinct());
        Direct.group(admin, broker, pulling, "\"consumeEnable\":true");
        Direct.group(admin, broker, pushing, "\"consumeEnable\":true");
        report.equal("status when it may", PullStatus.FOUND, consumer.pull(queue, "*", 0, 32).getPullStatus());
        tally.await(COUNT, Cluster.LIMIT_MILLIS);
        report.equal("messages when it may", COUNT, tally.distinct());
    }

    /** 353. A push consumer keeps to itself what its pulls are answered, so the pull that is looked at is one like its own. */
    private void topicOfAGroup() throws Exception {
        String group = cluster.name("banned");
        Direct.group(admin, broker, group, "\"consumeEnable\":true");
        Direct.tell(admin, broker, 353, null, "group", group, "topic", topic, "readable", "false");
        Tally tally = started("banned");
        RemotingCommand[] answer = new RemotingCommand[1];
        Cluster.until("the refusal for a topic", () -> { // until the broker knows the member, that is what it says
            answer[0] = Direct.ask(admin, broker, 11, null, "consumerGroup", group, "topic", topic, "queueId", "0", "queueOffset", "0",
                "maxMsgNums", "32", "sysFlag", "0", "commitOffset", "0", "suspendTimeoutMillis", "0", "subVersion", "0");
            return answer[0].getCode() == NO_PERMISSION;
        });
        report.equal("remark for a topic", "the consumer group[" + group + "] is forbidden for topic[" + topic + "]", answer[0].getRemark());
        report.equal("messages of a topic that is forbidden", 0, tally.distinct());
        Direct.tell(admin, broker, 353, null, "group", group, "topic", topic, "readable", "true");
        tally.await(COUNT, Cluster.LIMIT_MILLIS);
        report.equal("messages of a topic that is allowed again", COUNT, tally.distinct());
    }

    /** A producer finds no queue to send to, while consumers go on, and sends again when there is one. */
    private void sends() throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(cluster.name("sender"));
        producer.setInstanceName(cluster.name("sender"));
        producer.setPollNameServerInterval(100);
        producer.setSendMsgTimeout(Cluster.PATIENT_MILLIS);
        cluster.connect(producer, producer::shutdown);
        producer.start();
        DefaultMQPullConsumer consumer = cluster.pull("reader");
        AtomicInteger sent = new AtomicInteger(COUNT);

        refused("brokerPermission=4", () -> Direct.tell(admin, broker, 25, "brokerPermission=4"), producer, consumer, sent);
        Direct.tell(admin, broker, 25, "brokerPermission=6");
        Cluster.until("a send to a broker that may be written to again", () -> code(producer, sent) == 0);

        String name = queue.getBrokerName();
        refused("a wiped permission", () -> Direct.tell(admin, namesrv, 205, null, "brokerName", name), producer, consumer, sent);
        Direct.tell(admin, namesrv, 327, null, "brokerName", name);
        Cluster.until("a send after the permission was given again", () -> code(producer, sent) == 0);
        Cluster.until("what was sent, and no more", () -> consumer.maxOffset(queue) == sent.get());
        report.fact("sent", sent.get());
    }

    private interface Ban {
        void set() throws Exception;
    }

    private void refused(String why, Ban ban, DefaultMQProducer producer, DefaultMQPullConsumer consumer, AtomicInteger sent) throws Exception {
        Cluster.until("a send refused by " + why, () -> {
            ban.set(); // again and again: a broker that registers anew gives its topics back what was wiped
            return code(producer, sent) == NO_ROUTE;
        });
        report.equal("pull with " + why, PullStatus.FOUND, consumer.pull(queue, "*", 0, 32).getPullStatus());
    }

    /** What a send ends with, 0 for success. */
    private int code(DefaultMQProducer producer, AtomicInteger sent) throws Exception {
        try {
            producer.send(message("more"));
            sent.incrementAndGet();
            return 0;
        } catch (MQClientException e) {
            report.expect(e.getErrorMessage().startsWith("No route info of this topic"), "a send was refused with %s", e.getErrorMessage());
            return e.getResponseCode();
        }
    }

    private Tally started(String group) throws Exception {
        Tally tally = new Tally();
        DefaultMQPushConsumer consumer = cluster.push(group, topic, "*");
        tally.attach(consumer, false);
        consumer.start();
        return tally;
    }
}
