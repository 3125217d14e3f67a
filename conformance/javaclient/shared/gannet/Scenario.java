package gannet;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs named scenarios, all when none is named, and prints one JSON line each in that order. Exit 0 when every
 * expectation of every scenario held. They share one JVM and run --threads (4) at a time, since they mostly wait: for
 * clients that start and end. Each has topics and groups of its own.
 */
public final class Scenario {
    interface Step {
        void run(Cluster cluster, Report report) throws Exception;
    }

    static final Map<String, Step> STEPS = new LinkedHashMap<>();

    static {
        STEPS.put("sync", Sending::sync);
        STEPS.put("async", Sending::async);
        STEPS.put("oneway", Sending::oneway);
        STEPS.put("batch", Sending::batch);
        STEPS.put("ordered", Ordered::run);
        STEPS.put("tags", Filtering::tags);
        STEPS.put("pull", Pulling::classic);
        STEPS.put("longpoll", Pulling::longPoll);
        STEPS.put("tagpoll", Pulling::byTag);
        STEPS.put("resume", Resuming::run);
        STEPS.put("offsets", Offsets::run);
        STEPS.put("createtopic", CreatingTopics::run);
        STEPS.put("properties", Properties::run);
        STEPS.put("limits", Limits::run);
        STEPS.put("broadcast", Broadcasting::run);
        STEPS.put("from", Beginning::run);
        STEPS.put("query", Querying::run);
        STEPS.put("reset", Resetting::run);
        STEPS.put("handover", Ordered::handover);
        STEPS.put("unit", Units::run);
        Version.add(STEPS);
    }

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "prefix", "threads");
        String namesrv = args.need("namesrv");
        String prefix = args.text("prefix", "S" + Long.toString(System.currentTimeMillis(), 36));
        List<String> names = args.words.isEmpty() ? List.copyOf(STEPS.keySet()) : args.words;
        for (String name : names) {
            if (!STEPS.containsKey(name)) Args.usage("no scenario " + name + ", there are " + STEPS.keySet());
        }
        ExecutorService threads = Executors.newFixedThreadPool(args.number("threads", 4));
        List<Future<Report>> reports = new ArrayList<>();
        for (String name : names) reports.add(threads.submit(() -> run(new Cluster(namesrv, prefix + "_" + name), name)));
        boolean ok = true;
        for (Future<Report> report : reports) ok &= report.get().print();
        System.exit(ok ? 0 : 1);
    }

    private static Report run(Cluster cluster, String name) {
        Report report = new Report(name);
        try (cluster) {
            STEPS.get(name).run(cluster, report);
        } catch (Throwable e) {
            report.failed(e);
        }
        return report.end();
    }

    private Scenario() {
    }
}
