import com.alibaba.fastjson.JSON;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.common.RemotingHelper;
import org.apache.rocketmq.remoting.protocol.body.ConsumeQueueData;
import org.apache.rocketmq.remoting.protocol.body.QueueTimeSpan;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/**
 * Runs mqadmin commands one after the other in one JVM. The arguments are the commands, with "--" between them. A command
 * behind "until TEXT" is run again, at most for 10 s, until TEXT is in what it writes. "call METHOD" is none of mqadmin's: see
 * AdminCall. Prints one line of JSON for each: what it wrote to standard output and to standard error, and how long it took.
 */
public class AdminRun {
    public static void main(String[] args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        hurry(Thread.currentThread());
        List<String> command = new ArrayList<>();
        for (String arg : args) {
            if (arg.equals("--")) {
                run(command, out);
                command.clear();
            } else {
                command.add(arg);
            }
        }
        run(command, out);
        System.setErr(err);
        System.exit(0); // admin clients leave threads behind
    }

    private static void run(List<String> command, PrintStream to) {
        String until = "";
        if (command.get(0).equals("until")) {
            until = command.get(1);
            command = command.subList(2, command.size());
        }
        long began = System.nanoTime();
        Map<String, Object> line = once(command);
        while (!has(line, until) && System.nanoTime() - began < 10_000_000_000L) {
            line = once(command);
        }
        line.put("millis", (System.nanoTime() - began) / 1_000_000);
        to.println(JSON.toJSONString(line));
        to.flush();
    }

    private static Map<String, Object> once(List<String> command) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        if (command.get(0).equals("call")) {
            AdminCall.run(command);
        } else {
            MQAdminStartup.main0(command.toArray(new String[0]), null);
        }
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("out", out.toString(StandardCharsets.UTF_8));
        line.put("err", err.toString(StandardCharsets.UTF_8));
        return line;
    }

    /**
     * A client that shuts down waits for a thread that looks every 3 s whether it is to end. It is woken here as soon as
     * somebody waits for it.
     */
    private static void hurry(Thread main) {
        Thread watch = new Thread(() -> {
            while (true) {
                for (StackTraceElement e : main.getStackTrace()) {
                    if (e.getClassName().endsWith("NettyRemotingClient") && e.getMethodName().equals("shutdown")) {
                        Thread.getAllStackTraces().keySet().stream()
                            .filter(t -> t.getName().equals("NettyEventExecutor")).forEach(Thread::interrupt);
                    }
                }
                try {
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
        watch.setDaemon(true);
        watch.start();
    }

    private static boolean has(Map<String, Object> line, String text) {
        return ((String) line.get("out")).contains(text) || ((String) line.get("err")).contains(text);
    }
}

/**
 * A method of DefaultMQAdminExt that no command of mqadmin uses: call METHOD -n NAMESRV -g GROUP [-t TOPIC]. What it returns is printed
 * in the same order each time.
 */
class AdminCall {
    /** How far the clocks of a broker and of this program may be apart. */
    private static final long SLACK = 1_000;

    private final DefaultMQAdminExt admin = new DefaultMQAdminExt(10_000);
    private final String group;
    private final String topic;

    private AdminCall(String group, String topic) {
        this.group = group;
        this.topic = topic;
    }

    static void run(List<String> words) {
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = 2; i + 1 < words.size(); i += 2) {
            options.put(words.get(i), words.get(i + 1));
        }
        AdminCall call = new AdminCall(options.get("-g"), options.get("-t"));
        call.admin.setNamesrvAddr(options.get("-n"));
        call.admin.setInstanceName("call" + System.nanoTime());
        try {
            call.admin.start();
            call.print(words.get(1));
        } catch (Exception e) {
            e.printStackTrace(System.err);
        } finally {
            call.admin.shutdown();
        }
    }

    private void print(String method) throws Exception {
        switch (method) {
            case "queryTopicsByConsumer":
                new TreeSet<>(admin.queryTopicsByConsumer(group).getTopicList()).forEach(System.out::println);
                break;
            case "querySubscription":
                System.out.println(JSON.toJSONString(admin.querySubscription(group, topic)));
                break;
            case "queryConsumeTimeSpan":
                printSpans();
                break;
            default:
                throw new IllegalArgumentException(method);
        }
    }

    /** Times differ from run to run, so it is told of which messages they are. */
    private void printSpans() throws Exception {
        long before = System.currentTimeMillis();
        List<QueueTimeSpan> spans = admin.queryConsumeTimeSpan(topic, group);
        long after = System.currentTimeMillis();
        spans.sort((a, b) -> a.getMessageQueue().compareTo(b.getMessageQueue()));
        for (QueueTimeSpan span : spans) {
            MessageQueue queue = span.getMessageQueue();
            List<Long> stored = stored(queue);
            int next = (int) admin.examineConsumeStats(group, topic).getOffsetTable().get(queue).getConsumerOffset();
            System.out.printf("%s: %d messages, next is %d%n", queue, stored.size(), next);
            System.out.printf("  min is the first's: %b%n", span.getMinTimeStamp() == stored.get(0));
            System.out.printf("  max is the last's: %b%n", span.getMaxTimeStamp() == stored.get(stored.size() - 1));
            System.out.printf("  consumed is the one's before next: %b%n", span.getConsumeTimeStamp() == stored.get(Math.max(next - 1, 0)));
            if (next == stored.size()) {
                System.out.printf("  delay: %d%n", span.getDelayTime());
            } else if (next > 0) { // else there may be no offset, and Java tells the time since 1970
                long since = stored.get(next) + span.getDelayTime();
                System.out.printf("  delay is since next: %b%n", since >= before - SLACK && since <= after + SLACK);
            }
        }
    }

    /** When the messages of a queue were stored. */
    private List<Long> stored(MessageQueue queue) throws Exception {
        String broker = admin.examineTopicRouteInfo(topic).getBrokerDatas().get(0).selectBrokerAddr();
        List<Long> times = new ArrayList<>();
        for (ConsumeQueueData data : admin.queryConsumeQueue(broker, topic, queue.getQueueId(), 0, 32, null).getQueueData()) {
            String id = MessageDecoder.createMessageId(RemotingHelper.string2SocketAddress(broker), data.getPhysicOffset());
            MessageExt message = admin.viewMessage(topic, id);
            times.add(message.getStoreTimestamp());
        }
        return times;
    }
}
