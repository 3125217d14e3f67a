package gannet;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.RequestTimeoutException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Requests that wait for the reply of whoever consumes them. */
final class Calling {
    private static final int COUNT = 20;

    static void run(Cluster cluster, Report report) throws Exception {
        DefaultMQProducer caller = cluster.producer();
        String topic = cluster.topic(caller, "topic", 2);
        serve(cluster, topic, new CountDownLatch(COUNT));
        ask(caller, topic, COUNT, report);
        Message unheard = new Message(cluster.topic(caller, "deaf", 1), "x".getBytes(StandardCharsets.UTF_8));
        try {
            report.expect(false, "a request that nobody consumes is answered: %s", call(caller, unheard, 500).get(Cluster.LIMIT_MILLIS, TimeUnit.MILLISECONDS));
        } catch (ExecutionException wanted) {
            report.equal("nobody", RequestTimeoutException.class, wanted.getCause().getClass());
        }
    }

    /**
     * The reply's body. Clients from 5.0 on say null first, when the request is sent, and 5.3.3's blocking request ends then; 4.9.4's
     * answers the request itself.
     */
    private static CompletableFuture<String> call(DefaultMQProducer caller, Message m, long millis) throws Exception {
        CompletableFuture<String> reply = new CompletableFuture<>();
        caller.request(m, new RequestCallback() {
            @Override
            public void onSuccess(Message came) {
                if (came != null) reply.complete(new String(came.getBody(), StandardCharsets.UTF_8));
            }

            @Override
            public void onException(Throwable e) {
                reply.completeExceptionally(e);
            }
        }, millis);
        return reply;
    }

    /** Asks and expects each reply. */
    static void ask(DefaultMQProducer caller, String topic, int count, Report report) throws Exception {
        for (int i = 0; i < count; i++) {
            Message m = new Message(topic, ("call " + i).getBytes(StandardCharsets.UTF_8));
            report.equal("reply " + i, "re: call " + i, call(caller, m, Cluster.LIMIT_MILLIS).get(Cluster.LIMIT_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    /** A consumer that replies to what it gets, and counts. */
    static void serve(Cluster cluster, String topic, CountDownLatch served) throws Exception {
        DefaultMQProducer replier = new DefaultMQProducer(cluster.name("replier"));
        replier.setInstanceName(cluster.name("replier"));
        cluster.connect(replier, replier::shutdown);
        replier.start();
        DefaultMQPushConsumer server = cluster.push("server", topic, "*");
        server.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            try {
                for (MessageExt m : batch) {
                    replier.send(MessageUtil.createReplyMessage(m, ("re: " + Tally.body(m)).getBytes(StandardCharsets.UTF_8)), Cluster.PATIENT_MILLIS);
                    served.countDown();
                }
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            } catch (Exception e) {
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
        });
        server.start();
    }

    private Calling() {
    }
}
