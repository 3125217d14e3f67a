package gannet;

import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.protocol.ResponseCode;
import org.apache.rocketmq.common.protocol.header.QueryConsumerOffsetRequestHeader;

/** What the 4.9.4 client spells differently from 5.3.3. */
final class Version {
    static final String CLIENT = "4.9.4";

    static void createTopic(DefaultMQProducer producer, String likeTopic, String topic, int queues) throws MQClientException {
        producer.createTopic(likeTopic, topic, queues);
    }

    /** The offset the broker holds for the group, asked without joining it; -1 when it holds none. */
    static long committed(DefaultMQProducer asker, String group, MessageQueue queue) throws Exception {
        MQClientInstance client = asker.getDefaultMQProducerImpl().getMqClientFactory();
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

    private Version() {
    }
}
