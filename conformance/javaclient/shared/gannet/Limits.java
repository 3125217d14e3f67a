package gannet;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Bodies up to maxMessageSize (4 MB), compressed ones, and what client and broker refuse. */
final class Limits {
    private static final int MAX_BODY = 4 * 1024 * 1024;
    /** ResponseCode.MESSAGE_ILLEGAL, also the client's own verdict. */
    private static final int MESSAGE_ILLEGAL = 13;
    /** ResponseCode.INVALID_PARAMETER, of clients 5.x. */
    private static final int INVALID_PARAMETER = 29;

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer plain = cluster.producer();
        plain.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        String topic = cluster.topic(plain, "topic", 1);
        byte[] largest = printable(MAX_BODY);
        report.equal("4 MB status", SendStatus.SEND_OK, plain.send(new Message(topic, largest)).getSendStatus());

        String text = "compressible ".repeat(20_000);
        plain.setCompressMsgBodyOverHowmuch(4096);
        plain.send(new Message(topic, text.getBytes(StandardCharsets.UTF_8)));
        plain.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        for (MessageExt m : cluster.expectBodies(report, topic, List.of(new String(largest, StandardCharsets.UTF_8), text))) {
            if (m.getQueueOffset() == 0) report.expect(Arrays.equals(largest, m.getBody()), "4 MB body came back changed");
            else report.expect(m.getStoreSize() < 20_000, "compressed body takes %d bytes in the store", m.getStoreSize());
        }

        refusedByClient(report, plain, "4 MB and 1", new Message(topic, new byte[MAX_BODY + 1]));
        refusedByClient(report, plain, "empty body", new Message(topic, new byte[0]));
        refusedByClient(report, plain, "256 character topic", new Message("t".repeat(256), new byte[1]));
        try {
            plain.send(new Message("t".repeat(128), new byte[1]));
            report.expect(false, "128 character topic: sent, want refused by the client, or, as the client 4.3.2 lets it pass, by the broker");
        } catch (MQClientException wanted) {
            report.fact("client refuses 128 character topic", wanted.getErrorMessage());
        } catch (MQBrokerException wanted) {
            report.equal("128 character topic code", INVALID_PARAMETER, wanted.getResponseCode());
        }
        plain.setMaxMessageSize(2 * MAX_BODY);
        refusedByBroker(report, plain, "4 MB and 1", new Message(topic, new byte[MAX_BODY + 1]));
        plain.send(withProperty(topic, 30_000));
        refusedByBroker(report, plain, "40,000 bytes of properties", withProperty(topic, 40_000));
    }

    /** Random ASCII: hard to compress, and still comparable as text by Tally. */
    private static byte[] printable(int size) {
        Random random = new Random(4);
        byte[] body = new byte[size];
        for (int i = 0; i < size; i++) body[i] = (byte) (33 + random.nextInt(94));
        return body;
    }

    private static Message withProperty(String topic, int size) {
        Message message = new Message(topic, "wide".getBytes(StandardCharsets.UTF_8));
        message.putUserProperty("wide", "w".repeat(size));
        return message;
    }

    private static void refusedByClient(Report report, DefaultMQProducer producer, String what, Message message) throws Exception {
        try {
            producer.send(message);
            report.expect(false, "%s: sent, want refused by the client", what);
        } catch (MQClientException wanted) {
            report.fact("client refuses " + what, wanted.getResponseCode() + " " + wanted.getErrorMessage());
        }
    }

    private static void refusedByBroker(Report report, DefaultMQProducer producer, String what, Message message) throws Exception {
        try {
            producer.send(message);
            report.expect(false, "%s: sent, want refused by the broker", what);
        } catch (MQBrokerException wanted) {
            report.equal(what + " code", MESSAGE_ILLEGAL, wanted.getResponseCode());
            report.fact("broker refuses " + what, wanted.getErrorMessage());
        }
    }

    private Limits() {
    }
}
