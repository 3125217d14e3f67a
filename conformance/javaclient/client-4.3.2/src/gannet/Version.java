package gannet;

import java.util.Map;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;

/** What the client 4.3.2 spells differently from others, and what it can do. */
final class Version {
    static MQClientInstance instance(DefaultMQProducer producer) {
        return producer.getDefaultMQProducerImpl().getmQClientFactory();
    }

    /** Makes the client's own requests wait longer than its 3 s, where that can be set. */
    static void patient(ClientConfig client, int millis) {
    }

    /** Names the broker that a message came from. */
    static String broker(MessageExt m) {
        return m.getStoreHost().toString();
    }

    static void add(Map<String, Scenario.Step> steps) {
    }

    private Version() {
    }
}
