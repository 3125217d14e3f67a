package gannet;

import java.util.HashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;

/** What clients 5.x spell differently from clients 4.x. */
final class Protocol {
    static void createTopic(DefaultMQProducer producer, String likeTopic, String topic, int queues) throws MQClientException {
        producer.createTopic(likeTopic, topic, queues, new HashMap<>());
    }

    /** The offset the broker holds for the group, asked without joining it; -1 when it holds none. */
    static long committed(DefaultMQProducer asker, String group, MessageQueue queue) throws Exception {
        MQClientInstance client = Version.instance(asker);
        QueryConsumerOffsetRequestHeader header = new QueryConsumerOffsetRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(queue.getTopic());
        header.setQueueId(queue.getQueueId());
        try {
            String broker = client.findBrokerAddressInPublish(queue.getBrokerName());
            return client.getMQClientAPIImpl().queryConsumerOffset(broker, header, Cluster.LIMIT_MILLIS);
        } catch (MQBrokerException e) {
            if (e.getResponseCode() == ResponseCode.QUERY_NOT_FOUND) return -1;
            throw e;
        }
    }

    /** Has a member of the group consume a stored message at once; answers what it says of it. */
    static String consumeDirectly(DefaultMQProducer asker, String broker, String group, String client, String topic, String offsetId)
        throws Exception {
        return Version.instance(asker).getMQClientAPIImpl()
            .consumeMessageDirectly(broker, group, client, topic, offsetId, Cluster.PATIENT_MILLIS).getConsumeResult().name();
    }

    static void broadcast(DefaultMQPushConsumer consumer) {
        consumer.setMessageModel(MessageModel.BROADCASTING);
    }

    /** Has the message come so many ms later; reports whether the client knows timed messages. */
    static boolean delay(Message m, long millis) {
        m.setDelayTimeMs(millis);
        return true;
    }

    private Protocol() {
    }
}
