package gannet;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One side of requests and replies with a client in another language. --mode call asks COUNT times and holds when each reply is "re: "
 * and what was asked; --mode serve holds when it has replied COUNT times.
 */
public final class CallPeer {
    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "topic", "mode", "count");
        Report report = new Report("CallPeer");
        int count = args.number("count", 10);
        try (Cluster cluster = new Cluster(args.need("namesrv"), args.need("topic"))) {
            if (args.need("mode").equals("call")) {
                Calling.ask(cluster.producer(), args.need("topic"), count, report);
            } else {
                CountDownLatch served = new CountDownLatch(count);
                Calling.serve(cluster, args.need("topic"), served);
                report.expect(served.await(Cluster.LIMIT_MILLIS, TimeUnit.MILLISECONDS), "%d requests did not come", served.getCount());
            }
        } catch (Throwable e) {
            report.failed(e);
        }
        report.exit();
    }

    private CallPeer() {
    }
}
