import com.alibaba.fastjson.JSON;
import com.alibaba.fastjson.serializer.SerializerFeature;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;

/**
 * Writes load.json and store.json, the vectors of the tests beside this folder.
 *
 *     java -cp fastjson-1.2.83.jar Vectors.java
 */
public class Vectors {
    static final SerializerFeature[] STRICT = {SerializerFeature.BrowserCompatible, SerializerFeature.QuoteFieldNames, SerializerFeature.WriteMapNullValue};
    static final Random random = new Random(42);

    static final String[] BY_HAND = {"", "a=b", "a:b", "a b", "a", "a=", "=b", ":b", " a = b ", "a\t\f=\t\fb", "a==b", "a=:b", "a :b", "a = = b", "#c\na=b", "!c\na=b",
        "  # c\na=b", "a=b#c", "a#c=b", "a=b\\\n  c", "a=b\\\n  #c", "a=b\\\n\n  c=d", "a=b\\\r\n c", "a=b\\\r c", "a=b\\\\\nc=d", "a=b\\\\\\\nc=d", "#c\\\na=b",
        "a\\=b=c", "a\\:b=c", "a\\ b=c", "a\\\\=c", "a\\\\\\=c=d", "\\#a=b", "a=\\ b", "a=b\\ ", "a=\\t\\n\\r\\f\\b\\q\\0\\\"", "a=\\u0041\\u4e2d", "a=\\u004", "a=\\u004g",
        "a=\\U0041", "\\u003d=\\u0020x", "a=\\ud83d\\ude80", "a=b\r\rc=d\n\r\ne=f", "a=1\na=2\nb=3\na=4", "\\", "\\\n", "\\\r\n", "\\\n\n", "\\\n#c", "\\\n ", "a\\", "a\\\n",
        "a=b\\", "a=b\\\n", "a=b\\\n   ", "\\\\", "\\\n\\\na=b", "a\\\nb\\\nc=d\\\ne", "a=b\u0000c", "\ufeffa=b", "a=\u00e9\u00ff", "a=\u4e2d", "a=\\u", "a=\\u00", "a=\\u0041\\",
        "brokerIP1 = 10.0.0.1 \nlistenPort=10911\n", "storePathRootDir=C:\\rmq\\store", "flushDiskType ASYNC_FLUSH", "a\u00a0b=c", "a\u000bb=c"};

    public static void main(String[] args) throws Exception {
        List<Object> load = new ArrayList<>();
        for (String s : BY_HAND) {
            load.add(vector(s));
        }
        String[] pieces = {"a", "b", "=", ":", " ", "\t", "\f", "\\", "\\", "\n", "\n", "\r", "\r\n", "#", "!", "\\u0041", "\\u00", "\\n", "\u00e9", "\u00ff", "\u0000"};
        for (int i = 0; i < 400; i++) {
            StringBuilder b = new StringBuilder();
            for (int n = random.nextInt(14); n >= 0; n--) {
                b.append(pieces[random.nextInt(pieces.length)]);
            }
            load.add(vector(b.toString()));
        }
        write("load.json", load);

        List<Object> store = new ArrayList<>();
        String[] texts = {"", " ", "  a b ", "a=b", "a:b", "#a", "!a", "a#b!", "\\", "C:\\rmq", "\t\n\r\f", "\u0001\u001f\u007f", "\u00e9", "\u4e2d\u6587", "\ud83d\ude80", "k", "10.0.0.1:9876;10.0.0.2:9876"};
        for (String key : texts) {
            for (String value : new String[] {texts[random.nextInt(texts.length)], key}) {
                Properties p = new Properties();
                p.setProperty(key, value);
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                p.store(out, null);
                String text = out.toString("ISO-8859-1");
                Map<String, Object> m = new LinkedHashMap<>();
                m.put("key", key);
                m.put("value", value);
                m.put("line", text.substring(text.indexOf('\n') + 1));
                store.add(m);
            }
        }
        write("store.json", store);
    }

    /** bytes = the table that load(InputStream) of the UTF-8 bytes gives, text = that of load(Reader), null where Java throws. */
    static Object vector(String s) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("in", s);
        Properties p = new Properties();
        try {
            p.load(new ByteArrayInputStream(s.getBytes(StandardCharsets.UTF_8)));
            m.put("bytes", new TreeMap<>(p));
        } catch (Exception e) {
            m.put("bytes", null);
        }
        p = new Properties();
        try {
            p.load(new StringReader(s));
            m.put("text", new TreeMap<>(p));
        } catch (Exception e) {
            m.put("text", null);
        }
        return m;
    }

    static void write(String file, List<Object> vectors) throws Exception {
        try (PrintWriter out = new PrintWriter(file, "UTF-8")) {
            out.print("{\"maker\":\"Vectors.java, OpenJDK " + System.getProperty("java.version") + "\",\n\"vectors\":[\n");
            for (int i = 0; i < vectors.size(); i++) {
                out.print(JSON.toJSONString(vectors.get(i), STRICT) + (i + 1 < vectors.size() ? ",\n" : "\n]}\n"));
            }
        }
    }
}
