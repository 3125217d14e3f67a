package gannet;

import java.util.Map;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;

/** What the client 4.9.4 spells differently from others, and what it can do. */
final class Version {
    static MQClientInstance instance(DefaultMQProducer producer) {
        return producer.getDefaultMQProducerImpl().getMqClientFactory();
    }

    /** Makes the client's own requests wait longer than its 3 s. */
    static void patient(ClientConfig client, int millis) {
        client.setMqClientApiTimeout(millis);
    }

    /** Names the broker that a message came from. */
    static String broker(MessageExt m) {
        return m.getBrokerName();
    }

    static void add(Map<String, Scenario.Step> steps) {
        steps.put("assign", LitePulling::assign);
        steps.put("subscribe", LitePulling::subscribe);
        steps.put("rpc", Calling::run);
        steps.put("trace", Tracing::run);
        steps.put("namespace", Namespaces::run);
    }

    private Version() {
    }
}
