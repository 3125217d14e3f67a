package gannet;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.rocketmq.common.MQVersion;

/**
 * The one JSON line that a program (or one scenario of it) prints on standard output:
 * {@code {"program":…,"client":…,"serialize":…,"ok":…,"failures":[…],"millis":…, facts…}}.
 * ok is true when no expectation failed.
 */
final class Report {
    /** More failures than this are only counted, so that a wrong broker does not print megabytes. */
    private static final int MAX_FAILURES = 20;

    private final String program;
    private final long start = System.nanoTime();
    private long end;
    private final Map<String, Object> facts = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();
    private int suppressed;

    Report(String program) {
        this.program = program;
    }

    synchronized Report fact(String name, Object value) {
        facts.put(name, value);
        return this;
    }

    synchronized boolean expect(boolean holds, String format, Object... args) {
        if (!holds) {
            if (failures.size() < MAX_FAILURES) failures.add(String.format(format, args));
            else suppressed++;
        }
        return holds;
    }

    boolean equal(String what, Object want, Object got) {
        return expect(Objects.equals(want, got), "%s: got %s, want %s", what, got, want);
    }

    void failed(Throwable cause) {
        StringWriter text = new StringWriter();
        cause.printStackTrace(new PrintWriter(text));
        expect(false, "%s", text);
    }

    /** Stops the clock; print does it otherwise. */
    synchronized Report end() {
        end = System.nanoTime();
        return this;
    }

    /** Prints the line; answers whether everything held. */
    synchronized boolean print() {
        if (suppressed > 0) failures.add(suppressed + " further failures");
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("program", program);
        line.put("client", MQVersion.getVersionDesc(MQVersion.CURRENT_VERSION).substring(1).replace('_', '.'));
        line.put("serialize", System.getProperty("rocketmq.serialize.type", "JSON"));
        line.put("ok", failures.isEmpty());
        line.put("failures", failures);
        line.put("millis", ((end == 0 ? System.nanoTime() : end) - start) / 1_000_000);
        line.putAll(facts);
        System.out.println(json(line));
        System.out.flush();
        return failures.isEmpty();
    }

    /** Prints the line and ends the JVM: 0 when everything held, else 1. Client threads may still run, so exit is called. */
    void exit() {
        System.exit(print() ? 0 : 1);
    }

    private static String json(Object o) {
        StringBuilder b = new StringBuilder();
        append(b, o);
        return b.toString();
    }

    private static void append(StringBuilder b, Object o) {
        if (o == null || o instanceof Number || o instanceof Boolean) {
            b.append(o);
        } else if (o instanceof Map) {
            String comma = "{";
            for (Map.Entry<?, ?> e : ((Map<?, ?>) o).entrySet()) {
                b.append(comma);
                quote(b, String.valueOf(e.getKey()));
                b.append(':');
                append(b, e.getValue());
                comma = ",";
            }
            b.append(((Map<?, ?>) o).isEmpty() ? "{}" : "}");
        } else if (o instanceof Collection) {
            String comma = "[";
            for (Object e : (Collection<?>) o) {
                b.append(comma);
                append(b, e);
                comma = ",";
            }
            b.append(((Collection<?>) o).isEmpty() ? "[]" : "]");
        } else {
            quote(b, o.toString());
        }
    }

    private static void quote(StringBuilder b, String s) {
        b.append('"');
        for (char c : s.toCharArray()) {
            if (c == '"' || c == '\\') b.append('\\').append(c);
            else if (c < 0x20 || c > 0x7e) b.append(String.format("\\u%04x", (int) c));
            else b.append(c);
        }
        b.append('"');
    }
}
