import com.alibaba.fastjson.JSON;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/**
 * Runs mqadmin commands one after the other in one JVM. The arguments are the commands, with "--" between them. A command
 * behind "until TEXT" is run again, at most for 10 s, until TEXT is in what it writes. Prints one line of JSON for each: what it
 * wrote to standard output and to standard error, and how long it took.
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
        MQAdminStartup.main0(command.toArray(new String[0]), null);
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
