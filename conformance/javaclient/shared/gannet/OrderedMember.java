package gannet;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A member of a group that consumes in order, in a process of its own. Says of each message, when it has worked on it for pause ms,
 * "took MILLIS QUEUE OFFSET BODY". Leaves the group when its standard input has a line: its connections stay then, because a producer
 * of the same instance has them too. Ends when the input does.
 */
public final class OrderedMember {
    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "topic", "group", "instance", "pause");
        int pause = args.number("pause", 10);
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args.need("group"));
        consumer.setNamesrvAddr(args.need("namesrv"));
        consumer.setInstanceName(args.need("instance"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPersistConsumerOffsetInterval(1000);
        consumer.subscribe(args.need("topic"), "*");
        consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
            for (MessageExt m : batch) {
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException leaving) {
                    return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
                }
                System.out.println("took " + System.currentTimeMillis() + " " + m.getQueueId() + " " + m.getQueueOffset() + " " + Tally.body(m));
            }
            return ConsumeOrderlyStatus.SUCCESS;
        });
        DefaultMQProducer producer = new DefaultMQProducer(args.need("group") + "_producer");
        producer.setNamesrvAddr(args.need("namesrv"));
        producer.setInstanceName(args.need("instance"));
        producer.setHeartbeatBrokerInterval(2000); // of the instance: a heartbeat at the start that met another is made up for soon
        producer.start();
        consumer.start();
        if (System.in.read() >= 0) {
            consumer.shutdown();
            while (System.in.read() >= 0) { }
        }
        consumer.shutdown();
        System.exit(0);
    }

    private OrderedMember() {
    }
}
