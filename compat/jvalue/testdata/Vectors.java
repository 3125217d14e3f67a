import com.alibaba.fastjson.JSON;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Writes hash.tsv, parse.tsv and double.tsv, the vectors of the tests beside this folder.
 *
 *     java -cp fastjson-1.2.83.jar Vectors.java
 */
public class Vectors {
    public static void main(String[] args) throws Exception {
        String jvm = "OpenJDK " + System.getProperty("java.version");
        try (PrintWriter out = new PrintWriter("hash.tsv", "UTF-8")) {
            out.print("# maker: Vectors.java, " + jvm + "\n");
            out.print("# bytes as hex, new String(bytes, UTF_8).hashCode(), and its bytes as UTF-8\n");
            hash(out);
        }
        try (PrintWriter out = new PrintWriter("parse.tsv", "UTF-8")) {
            out.print("# maker: Vectors.java, " + jvm + "\n");
            out.print("# type, text as a JSON string, Java's value (double: bits as hex) or error\n");
            parse(out);
        }
        try (PrintWriter out = new PrintWriter("double.tsv", "UTF-8")) {
            out.print("# maker: Vectors.java, fastjson 1.2.83\n");
            out.print("# bits as hex, JSON.toJSONString(double)\n");
            doubles(out);
        }
    }

    static void hash(PrintWriter out) {
        Random random = new Random(42);
        // Bytes at the edges of the UTF-8 rules, joined at random.
        int[] pieces = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xe4, 0xec, 0xed,
            0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfe, 0xff};
        for (int i = 0; i < 400; i++) {
            byte[] bytes = new byte[1 + random.nextInt(7)];
            for (int k = 0; k < bytes.length; k++) {
                bytes[k] = (byte) (random.nextInt(3) == 0 ? 0x80 + random.nextInt(0x40) : pieces[random.nextInt(pieces.length)]);
            }
            String text = new String(bytes, StandardCharsets.UTF_8);
            out.print(hex(bytes) + "\t" + text.hashCode() + "\t" + hex(text.getBytes(StandardCharsets.UTF_8)) + "\n");
        }
    }

    static String hex(byte[] bytes) {
        StringBuilder hex = new StringBuilder();
        for (byte b : bytes) {
            hex.append(String.format("%02x", b));
        }
        return hex.toString();
    }

    static void parse(PrintWriter out) {
        String[] whole = {"", "0", "-0", "+0", "+", "-", "--1", "+-1", "1", "-1", "+1", "010", "0x10", "1_0", " 1", "1 ", "1L", "1.0",
            "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "-9223372036854775809", "99999999999999999999", "00000000000000000000000000000000001",
            "\u0661\u0662\u0663", "-\uff11\uff12", "1\u0967", "\uff0d1", "\u2460", "\u00b2", "\ud835\udfcf", "abc", "1a", "a1", "1\u0000"};
        for (String s : whole) {
            String i = "error";
            String l = "error";
            try {
                i = "" + Integer.parseInt(s);
            } catch (NumberFormatException e) {
                // "error" stands
            }
            try {
                l = "" + Long.parseLong(s);
            } catch (NumberFormatException e) {
                // "error" stands
            }
            out.print("int\t" + quote(s) + "\t" + i + "\n");
            out.print("long\t" + quote(s) + "\t" + l + "\n");
        }
        for (String s : new String[] {"true", "TRUE", "True", "tRuE", "false", "yes", "1", "", " true", "true ", "t", "\u0442rue"}) {
            out.print("boolean\t" + quote(s) + "\t" + Boolean.parseBoolean(s) + "\n");
        }
        for (String s : new String[] {"", " ", "0", "-0", "+0.0", "0.8", ".5", "5.", ".", "-.5e-3", "1e5", "1E+5", "1e", "1e+", "e5", "1d", "1D",
            "1f", "1F", "1.5e3d", "1L", " 0.8 ", "\t0.8\n", "\u00010.8\u001f", "\u00a00.8", "0 .8", "NaN", "+NaN", "-NaN", "nan", "Infinity",
            "-Infinity", "+Infinity", "infinity", "Inf", "NaNd", "1e400", "-1e400", "1e-400", "4.9e-324", "2.4e-324", "1_0", "0x10", "0x1p3",
            "0X1.8P1", "0x.8p0", "0x1.p0d", "0xp0", "0x1p", "-0x1p-1074", "0x1.fffffffffffffp1023", "0x1p1024", "0x1_0p0",
            "1.7976931348623157e308", "1.7976931348623159e308", "123456789012345678901234567890", "1,5", "--1", "1e5.0", "\u0661"}) {
            String d = "error";
            try {
                d = String.format("%016x", Double.doubleToLongBits(Double.parseDouble(s)));
            } catch (NumberFormatException e) {
                // "error" stands
            }
            out.print("double\t" + quote(s) + "\t" + d + "\n");
        }
    }

    static void doubles(PrintWriter out) {
        double[] edges = {0.0, -0.0, 1, -1, 0.1, 1e-3, Math.nextDown(1e-3), 1e7, Math.nextDown(1e7), 9999999, 12345678.9, 1.0 / 3, 100, 1e21,
            1e22, 1e23, 2e23, 8.41e21, 2e-323, 4.9e-324, 1.5e-323, 2.2e-322, Double.MIN_NORMAL, Double.MAX_VALUE, 9007199254740993.0};
        for (double d : edges) {
            out.print(String.format("%016x", Double.doubleToRawLongBits(d)) + "\t" + JSON.toJSONString(d) + "\n");
        }
        Random random = new Random(42);
        for (int i = 0; i < 400; i++) {
            double d = i % 2 == 0 ? Double.longBitsToDouble(random.nextLong()) : random.nextInt(1000000) / (double) (1 + random.nextInt(100000));
            if (!Double.isNaN(d) && !Double.isInfinite(d)) {
                out.print(String.format("%016x", Double.doubleToRawLongBits(d)) + "\t" + JSON.toJSONString(d) + "\n");
            }
        }
    }

    static String quote(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            b.append(c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : "" + c);
        }
        return b.append('"').toString();
    }
}
