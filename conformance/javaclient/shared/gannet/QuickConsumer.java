package gannet;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

/**
 * The quick start push consumer with arguments. Exit 0 when exactly COUNT distinct bodies "PREFIX i" came within
 * --seconds (90) and none beyond them within --settle-millis (500). Repeats are reported, not failed (at least once). Offsets
 * that came after a higher one of the same queue are reported, and failed with --orderly true: the concurrent
 * listener promises no order.
 */
public final class QuickConsumer {
    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv, "namesrv", "topic", "group", "count", "tags", "prefix", "seconds", "settle-millis", "orderly");
        int count = args.number("count", 1000);
        boolean orderly = args.flag("orderly");
        Report report = new Report("QuickConsumer");
        Tally tally = new Tally();

        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args.text("group", "quick_consumer"));
        consumer.setNamesrvAddr(args.need("namesrv"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(args.need("topic"), args.text("tags", "*"));
        tally.attach(consumer, orderly);
        consumer.start();
        if (tally.await(count, args.number("seconds", 90) * 1000L)) tally.quiet(args.number("settle-millis", 500));
        consumer.shutdown();

        report.equal("distinct bodies", count, tally.distinct());
        if (orderly) report.equal("order violations", 0, tally.orderViolations());
        checkBodies(report, tally, args.text("prefix", "Hello RocketMQ") + " ");
        tally.facts(report);
        report.exit();
    }

    /** Facts minIndex and maxIndex: with COUNT distinct bodies, 0 and COUNT-1 prove that it is the whole set. */
    private static void checkBodies(Report report, Tally tally, String prefix) {
        int min = Integer.MAX_VALUE;
        int max = -1;
        for (String body : tally.distinctBodies()) {
            String rest = body.startsWith(prefix) ? body.substring(prefix.length()) : "";
            if (!report.expect(rest.matches("[0-9]{1,9}"), "foreign body %.60s", body)) continue;
            min = Math.min(min, Integer.parseInt(rest));
            max = Math.max(max, Integer.parseInt(rest));
        }
        report.fact("minIndex", max < 0 ? -1 : min).fact("maxIndex", max);
    }

    private QuickConsumer() {
    }
}
