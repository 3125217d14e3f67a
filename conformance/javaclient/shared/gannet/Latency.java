package gannet;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/** Times in steps of 10 microseconds up to 20 s, counted without locks or allocation. */
final class Latency {
    private static final int STEP_MICROS = 10;
    private final AtomicIntegerArray counts = new AtomicIntegerArray(20_000_000 / STEP_MICROS);
    private final AtomicLong total = new AtomicLong();

    void add(long nanos) {
        long step = Math.max(0, nanos / (STEP_MICROS * 1000L));
        counts.incrementAndGet((int) Math.min(step, counts.length() - 1));
        total.incrementAndGet();
    }

    /** Puts p50, p99, p999 and max, in microseconds rounded up to the step, under name.… into the report. */
    void facts(Report report, String name) {
        report.fact(name + "P50Micros", at(0.50)).fact(name + "P99Micros", at(0.99));
        report.fact(name + "P999Micros", at(0.999)).fact(name + "MaxMicros", at(1));
    }

    private long at(double share) {
        long rank = Math.max(1, (long) Math.ceil(share * total.get()));
        long seen = 0;
        for (int i = 0; i < counts.length(); i++) {
            seen += counts.get(i);
            if (seen >= rank) return (long) (i + 1) * STEP_MICROS;
        }
        return -1;
    }
}
