import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Timed MODE NAMESRV TOPIC COUNT FROM TO. Sends COUNT messages that are due FROM to TO ms later, by each of the three ways to say so, and a
 * fifth as many that it takes back, if the client knows how ("send"); receives COUNT messages, none early and none that was taken back ("receive"); or both, the
 * consumer first ("both"). A body is what is due, and when: "keep-3 1700000000000". Prints what it counted; exit 1 with what was wrong.
 */
public class Timed {
    private static final List<String> wrong = new ArrayList<>();

    public static void main(String[] args) {
        try {
            run(args);
        } catch (Throwable e) {
            wrong.add(e.toString());
        }
        for (String w : wrong) System.out.println("wrong: " + w);
        System.exit(wrong.isEmpty() ? 0 : 1);
    }

    private static void run(String[] args) throws Exception {
        String mode = args[0];
        String namesrv = args[1];
        String topic = args[2];
        int count = Integer.parseInt(args[3]);
        Inbox inbox = mode.equals("send") ? null : new Inbox(namesrv, topic);
        if (!mode.equals("receive")) send(namesrv, topic, count, Long.parseLong(args[4]), Long.parseLong(args[5]));
        if (inbox != null) inbox.await(count);
    }

    private static void send(String namesrv, String topic, int count, long from, long to) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer("P-" + topic);
        producer.setNamesrvAddr(namesrv);
        producer.setSendMsgTimeout(10000);
        producer.start();
        Method recall = Arrays.stream(producer.getClass().getMethods()).filter(m -> m.getName().equals("recallMessage")).findAny().orElse(null);
        int taken = recall == null ? 0 : count / 5;
        for (int i = 0; i < count + taken; i++) {
            long delay = from + (to - from) * (i % count) / count;
            boolean keep = i < count;
            if (!keep) delay = Math.max(delay, 3000); // a handle is good until the slot's beginning, up to a second before
            if (i % 3 == 0) delay = (delay + 999) / 1000 * 1000;
            long due = System.currentTimeMillis() + delay;
            Message m = new Message(topic, ((keep ? "keep-" : "taken-") + i + " " + due).getBytes(StandardCharsets.UTF_8));
            if (i % 3 == 0) m.setDelayTimeSec(delay / 1000);
            else if (i % 3 == 1) m.setDelayTimeMs(delay);
            else m.setDeliverTimeMs(due);
            SendResult r = producer.send(m);
            if (r.getSendStatus() != SendStatus.SEND_OK) wrong.add("send " + i + ": " + r.getSendStatus());
            if (recall == null) continue;
            Object handle = r.getClass().getMethod("getRecallHandle").invoke(r);
            if (handle == null) wrong.add("send " + i + ": no recall handle");
            if (keep) continue;
            Object id = recall.invoke(producer, topic, handle);
            if (!r.getMsgId().equals(id)) wrong.add("recall of " + r.getMsgId() + " answered " + id);
        }
        System.out.println("sent " + count + ", taken back " + taken);
        producer.shutdown();
    }

    private static class Inbox {
        private final Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
        private final AtomicLong late = new AtomicLong();
        private final DefaultMQPushConsumer consumer;

        Inbox(String namesrv, String topic) throws Exception {
            consumer = new DefaultMQPushConsumer("G-" + topic);
            consumer.setNamesrvAddr(namesrv);
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
            consumer.subscribe(topic, "*");
            consumer.registerMessageListener((MessageListenerConcurrently) (list, context) -> {
                list.forEach(this::take);
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
            consumer.start();
        }

        private void take(MessageExt m) {
            String[] body = new String(m.getBody(), StandardCharsets.UTF_8).split(" ");
            long by = System.currentTimeMillis() - Long.parseLong(body[1]);
            long stored = m.getStoreTimestamp() - Long.parseLong(body[1]);
            synchronized (wrong) {
                if (by < 0) wrong.add(body[0] + " came " + -by + " ms early");
                if (body[0].startsWith("taken")) wrong.add(body[0] + " came");
            }
            late.accumulateAndGet(stored, Math::max);
            seen.computeIfAbsent(body[0], k -> new AtomicInteger()).incrementAndGet();
        }

        void await(int count) throws Exception {
            for (long end = System.currentTimeMillis() + 90_000; seen.size() < count && System.currentTimeMillis() < end; ) Thread.sleep(20);
            Thread.sleep(2500); // for what must not come
            consumer.shutdown();
            int all = seen.values().stream().mapToInt(AtomicInteger::get).sum();
            if (seen.size() != count) wrong.add(seen.size() + " messages came, want " + count);
            System.out.println("received " + seen.size() + " repeated " + (all - seen.size()) + " late " + late.get());
        }
    }
}
