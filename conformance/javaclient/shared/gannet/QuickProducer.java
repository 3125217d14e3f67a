package gannet;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/**
 * The quick start producer of the project's own documentation, with arguments: sends COUNT messages
 * "PREFIX i" synchronously. Exit 0 when every send was answered SEND_OK with a message id of its own.
 */
public final class QuickProducer {
    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "topic", "group", "count", "tags", "prefix");
        int count = args.number("count", 1000);
        String prefix = args.text("prefix", "Hello RocketMQ");
        String[] tags = args.text("tags", "TagA").split(",");
        Report report = new Report("QuickProducer");

        DefaultMQProducer producer = new DefaultMQProducer(args.text("group", "quick_producer"));
        producer.setNamesrvAddr(args.need("namesrv"));
        producer.start();
        Map<String, Integer> queues = new TreeMap<>();
        Set<String> ids = new HashSet<>();
        int sent = 0;
        for (int i = 0; i < count; i++) {
            byte[] body = (prefix + " " + i).getBytes(StandardCharsets.UTF_8);
            try {
                SendResult result = producer.send(new Message(args.need("topic"), tags[i % tags.length], body));
                if (!report.equal("status of message " + i, SendStatus.SEND_OK, result.getSendStatus())) continue;
                sent++;
                ids.add(result.getMsgId());
                queues.merge(result.getMessageQueue().getBrokerName() + "-" + result.getMessageQueue().getQueueId(), 1, Integer::sum);
            } catch (Exception e) {
                report.failed(e);
            }
        }
        producer.shutdown();
        report.equal("distinct message ids", sent, ids.size());
        report.fact("sent", sent).fact("queues", queues).exit();
    }

    private QuickProducer() {
    }
}
