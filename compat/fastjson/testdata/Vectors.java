import com.alibaba.fastjson.JSON;
import com.alibaba.fastjson.serializer.SerializerFeature;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes encode.json, strings.json and decode.json, the vectors of the tests beside this folder.
 *
 *     java -cp fastjson-1.2.83.jar Vectors.java
 */
public class Vectors {
    /** The options with which the name server answers clients that want standard JSON only. */
    static final SerializerFeature[] STRICT = {SerializerFeature.BrowserCompatible, SerializerFeature.QuoteFieldNames,
        SerializerFeature.SkipTransientField, SerializerFeature.MapSortField};

    public enum Color { RED, GREEN, BLUE }

    public static class Queue implements Comparable<Queue> {
        public String topic;
        public String brokerName;
        public int queueId;

        public Queue() {
        }

        Queue(String topic, String brokerName, int queueId) {
            this.topic = topic;
            this.brokerName = brokerName;
            this.queueId = queueId;
        }

        @Override
        public int hashCode() {
            return queueId;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Queue && compareTo((Queue) o) == 0;
        }

        @Override
        public int compareTo(Queue o) {
            return JSON.toJSONString(this).compareTo(JSON.toJSONString(o));
        }
    }

    public static class Sample {
        public int i;
        public long l;
        public double d;
        public boolean b;
        public String s;
        public Integer boxed;
        public Color color;
        public Queue bean;
        public byte[] bytes;
        public int[] ints;
        public long[] longs;
        public List<Long> longList;
        public List<String> stringList;
        public Set<String> stringSet;
        public List<Queue> beanList;
        public Set<Queue> beanSet;
        public Map<String, String> stringMap;
        public Map<String, Queue> beanMap;
        public Map<Integer, Long> intMap;
        public Map<Integer, Queue> intBeanMap;
        public Map<Integer, List<Queue>> intListMap;
        public Map<Queue, Long> keyMap;
        public Map<String, Map<Integer, Long>> nestedMap;
        public Map<String, Set<String>> setMap;
        public Map<String, List<Queue>> listMap;
    }

    public static void main(String[] args) throws Exception {
        List<Object> encode = new ArrayList<>();
        for (Sample s : new Sample[] {new Sample(), empty(), filled(1), filled(2), filled(3), nulls()}) {
            encode.add(texts(s));
        }
        write("encode.json", encode);

        List<Object> strings = new ArrayList<>();
        for (int from = 0; from < 0x2100; from += 48) {
            StringBuilder b = new StringBuilder();
            for (int c = from; c < from + 48; c++) {
                b.append((char) c);
            }
            strings.add(texts(b.toString()));
        }
        for (int c = 0; c < 0xa8; c++) {
            strings.add(texts("" + (char) c));
            strings.add(texts("x" + (char) c + "y\""));
        }
        strings.add(texts("\ud83d\ude80 \ufeff\ufffd\uffff"));
        write("strings.json", strings);

        List<Object> decode = new ArrayList<>();
        for (String text : TEXTS) {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("in", text);
            try {
                m.put("out", JSON.toJSONString(JSON.parseObject(text, Sample.class)));
            } catch (Throwable e) {
                m.put("out", null);
            }
            decode.add(m);
        }
        write("decode.json", decode);
    }

    static Object texts(Object o) {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("compact", JSON.toJSONString(o));
        m.put("pretty", JSON.toJSONString(o, true));
        m.put("strict", JSON.toJSONString(o, STRICT));
        return m;
    }

    static Sample empty() {
        Sample s = new Sample();
        s.s = "";
        s.boxed = 0;
        s.bean = new Queue();
        s.bytes = new byte[0];
        s.ints = new int[0];
        s.longs = new long[0];
        s.longList = new ArrayList<>();
        s.stringList = new ArrayList<>();
        s.stringSet = new LinkedHashSet<>();
        s.beanList = new ArrayList<>();
        s.beanSet = new LinkedHashSet<>();
        s.stringMap = new TreeMap<>();
        s.beanMap = new TreeMap<>();
        s.intMap = new TreeMap<>();
        s.intBeanMap = new TreeMap<>();
        s.intListMap = new TreeMap<>();
        s.keyMap = new TreeMap<>();
        s.nestedMap = new TreeMap<>();
        s.setMap = new TreeMap<>();
        s.listMap = new TreeMap<>();
        return s;
    }

    static Sample filled(int n) {
        Sample s = empty();
        s.i = n == 2 ? Integer.MIN_VALUE : n;
        s.l = n == 1 ? Long.MAX_VALUE : n == 2 ? 9007199254740991L : -9007199254740992L;
        s.d = n / 4.0 * 1e6;
        s.b = true;
        s.s = "tab\t \"quoted\" /slash\\ \u4e2d\u6587 <&>";
        s.boxed = -n;
        s.color = Color.values()[n - 1];
        s.bytes = new byte[n];
        Arrays.fill(s.bytes, (byte) 0xfb);
        s.ints = new int[n];
        s.longs = new long[n];
        for (int k = 0; k < n; k++) {
            // new objects everywhere: a second visit would be written as a $ref
            s.bean = new Queue("T", "b", 0);
            s.ints[k] = k;
            s.longs[k] = 1L << (k * 30);
            s.longList.add(k * 5000000000L);
            s.stringList.add("s" + k);
            s.stringSet.add("s" + k);
            s.beanList.add(new Queue("T" + k, "b", k));
            s.beanSet.add(new Queue("T" + k, null, k));
            s.stringMap.put("k" + k, "v" + k);
            s.beanMap.put("k\"" + k, new Queue("T" + k, "b", k));
            s.intMap.put(k * 7 - 7, (long) k);
            s.intBeanMap.put(k, new Queue("T" + k, "b", k));
            s.intListMap.put(k, new ArrayList<>(Arrays.asList(new Queue("T" + k, "b", k), new Queue("U", "b", k))));
            s.keyMap.put(new Queue("T" + k, "b", k), (long) k);
            s.nestedMap.put("k" + k, new TreeMap<>(Collections.singletonMap(k, 1L)));
            s.setMap.put("k" + k, new LinkedHashSet<>(Arrays.asList("x" + k, "y" + k)));
            s.listMap.put("k" + k, new ArrayList<>(Arrays.asList(new Queue("T" + k, "b", k))));
        }
        return s;
    }

    static Sample nulls() {
        Sample s = new Sample();
        s.d = Double.NaN;
        s.beanList = new ArrayList<>(Arrays.asList(new Queue("T", "b", 1), null));
        s.beanMap = new TreeMap<>();
        s.beanMap.put("a", null);
        s.beanMap.put("b", new Queue("T", "b", 1));
        s.beanMap.put("c", null);
        return s;
    }

    static final String[] TEXTS = {
        // names
        "{\"i\":1}", "{'i':1}", "{i:1}", "{ i : 1 }", "{\"I\":1}", "{\"STRING_SET\":[\"a\"]}", "{\"string-set\":[\"a\"]}", "{\"isB\":true}", "{\"isI\":1}",
        "{\"\\u0069\":1}", "{\"i\":1,\"I\":2}", "{\"unknown\":{\"a\":[1,{\"b\":null}]},\"i\":1}", "{\"@type\":\"java.lang.String\",\"i\":1}", "{1:2,\"i\":1}",
        // structure
        "{}", " {} ", "{\"i\":1,}", "{\"i\":1,,\"l\":2}", "{,\"i\":1}", "{\"i\":1 \"l\":2}", "{\"i\":1", "{\"i\"}", "{\"i\":}", "{\"i\":1}x", "{\"i\":1}{}", "[]", "1", "\"x\"",
        "{\"ints\":[1,2,]}", "{\"ints\":[1 2]}", "{\"stringSet\":[\"a\",]}", "{\"stringMap\":{\"a\":\"b\",}}", "{\"ints\":[1,2}", "{\"i\":1]",
        // comments and blanks
        "/* c */{\"i\":1}", "{/* c */\"i\"/* c */:/* c */1/* c */}", "{// c\n\"i\":1}", "{\"i\":1}// c", "{\"i\":1}/* c", "\n\t\r{\"i\":1}", "\f{\"i\":1}", "\ufeff{\"i\":1}",
        // numbers
        "{\"i\":\"12\"}", "{\"i\":\"\"}", "{\"i\":\"null\"}", "{\"i\":\" 12\"}", "{\"i\":\"x\"}", "{\"i\":null}", "{\"i\":1.0}", "{\"i\":1.9}", "{\"i\":-1.9}", "{\"i\":1e2}", "{\"i\":\"1.5\"}",
        "{\"i\":true}", "{\"i\":{}}", "{\"i\":[]}", "{\"i\":2147483648}", "{\"i\":\"2147483648\"}", "{\"i\":-2147483648}", "{\"i\":01}", "{\"i\":+1}", "{\"i\":1L}", "{\"i\":0x10}", "{\"i\":-}",
        "{\"l\":9223372036854775807}", "{\"l\":9223372036854775808}", "{\"l\":\"9223372036854775807\"}", "{\"l\":1L}", "{\"l\":1.5}", "{\"l\":1e3}", "{\"l\":\"\"}", "{\"l\":false}",
        "{\"d\":1}", "{\"d\":1.5}", "{\"d\":\"1.5\"}", "{\"d\":1.5e3}", "{\"d\":1D}", "{\"d\":1F}", "{\"d\":null}", "{\"d\":\"\"}", "{\"d\":\"x\"}", "{\"d\":.5}", "{\"d\":5.}", "{\"d\":NaN}",
        "{\"boxed\":null}", "{\"boxed\":\"7\"}", "{\"boxed\":7}", "{\"boxed\":\"\"}",
        // booleans
        "{\"b\":true}", "{\"b\":1}", "{\"b\":0}", "{\"b\":2}", "{\"b\":\"true\"}", "{\"b\":\"TRUE\"}", "{\"b\":\"1\"}", "{\"b\":\"Y\"}", "{\"b\":\"T\"}", "{\"b\":\"N\"}", "{\"b\":\"yes\"}", "{\"b\":\"\"}",
        "{\"b\":null}", "{\"b\":tru}", "{\"b\":True}",
        // strings
        "{\"s\":'a'}", "{\"s\":'a\"b'}", "{\"s\":1}", "{\"s\":1.50}", "{\"s\":-0}", "{\"s\":true}", "{\"s\":null}", "{\"s\":{\"a\":1}}", "{\"s\":[1,2]}", "{\"s\":abc}", "{\"s\":\"a\nb\tc\"}",
        "{\"s\":\"\\u4e2d\\ud83d\\ude80\"}", "{\"s\":\"\\ud83d\"}", "{\"s\":\"\\x41\\0\\7\\v\\F\\/\\'\"}", "{\"s\":\"\\8\"}", "{\"s\":\"\\q\"}", "{\"s\":\"\\u00g0\"}", "{\"s\":\"\\u00\"}", "{\"s\":\"abc}",
        "{\"s\":\"\\b\\f\\n\\r\\t\\\"\\\\\"}", "{\"s\":undefined}", "{\"s\":\"\u0000\u0001\"}",
        // enums
        "{\"color\":\"GREEN\"}", "{\"color\":\"green\"}", "{\"color\":\"PINK\"}", "{\"color\":1}", "{\"color\":9}", "{\"color\":null}", "{\"color\":\"\"}", "{\"color\":\"1\"}",
        // bytes
        "{\"bytes\":\"+/v7\"}", "{\"bytes\":\"\"}", "{\"bytes\":null}", "{\"bytes\":[1,2,255]}", "{\"bytes\":\"-_\"}", "{\"bytes\":\"+/v\"}",
        // beans
        "{\"bean\":{\"topic\":\"T\",\"brokerName\":\"b\",\"queueId\":3}}", "{\"bean\":null}", "{\"bean\":[]}", "{\"bean\":\"\"}", "{\"bean\":1}", "{\"bean\":{\"$ref\":\"$\"}}", "{\"bean\":{\"$ref\":\"..\"}}",
        // collections
        "{\"ints\":[\"1\",2]}", "{\"ints\":null}", "{\"ints\":[null]}", "{\"ints\":1}", "{\"longList\":[1,\"2\",null]}", "{\"stringList\":[1,\"a\",null,true]}", "{\"stringSet\":null}",
        "{\"stringSet\":\"a\"}", "{\"stringSet\":{}}", "{\"beanList\":[{\"topic\":\"T\"},null]}", "{\"beanList\":{\"topic\":\"T\"}}",
        // maps
        "{\"stringMap\":{\"a\":1}}", "{\"stringMap\":{1:\"a\"}}", "{\"stringMap\":{a:\"b\"}}", "{\"stringMap\":{'a':'b'}}", "{\"stringMap\":null}", "{\"stringMap\":[]}", "{\"stringMap\":{\"a\":null}}",
        "{\"stringMap\":{\"a\":\"1\",\"a\":\"2\"}}", "{\"intMap\":{0:1,1:2}}", "{\"intMap\":{\"0\":1,\"1\":2}}", "{\"intMap\":{-1:1}}", "{\"intMap\":{'3':1}}", "{\"intMap\":{a:1}}", "{\"intMap\":{\"a\":1}}",
        "{\"intMap\":{1:\"5\"}}", "{\"intMap\":{1:2,}}", "{\"intMap\":{ 1 : 2 }}", "{\"intMap\":{2147483648:1}}", "{\"intMap\":{}}",
        "{\"keyMap\":{{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:5}}", "{\"keyMap\":{{\"topic\":\"T\",\"brokerName\":\"b\",\"queueId\":1}:5,{\"topic\":\"T\",\"brokerName\":\"b\",\"queueId\":2}:6}}",
        "{\"keyMap\":{ {\"topic\":\"T\"} : 5 }}", "{\"keyMap\":{\"{\\\"topic\\\":\\\"T\\\"}\":5}}", "{\"keyMap\":{}}", "{\"keyMap\":[[{\"topic\":\"T\",\"queueId\":1},5]]}", "{\"keyMap\":{null:5}}",
        "{\"intBeanMap\":{0:{\"topic\":\"T\"}}}", "{\"intListMap\":{0:[{\"topic\":\"T\"}],1:[]}}", "{\"nestedMap\":{\"a\":{0:1}}}",
    };

    static void write(String file, List<Object> vectors) throws Exception {
        try (PrintWriter out = new PrintWriter(file, "UTF-8")) {
            out.print("{\"maker\":\"Vectors.java, fastjson " + JSON.VERSION + ", OpenJDK " + System.getProperty("java.version") + "\",\n\"vectors\":[\n");
            for (int i = 0; i < vectors.size(); i++) {
                out.print(JSON.toJSONString(vectors.get(i), SerializerFeature.BrowserCompatible, SerializerFeature.QuoteFieldNames, SerializerFeature.WriteMapNullValue));
                out.print(i + 1 < vectors.size() ? ",\n" : "\n]}\n");
            }
        }
    }
}
