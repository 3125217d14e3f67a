import java.io.PrintWriter;
import org.apache.rocketmq.common.MQVersion;

/**
 * Writes versions.tsv, the table of the tests beside this folder.
 *
 *     java -cp rocketmq-common-5.3.3.jar Versions.java
 */
public class Versions {
    public static void main(String[] args) throws Exception {
        try (PrintWriter out = new PrintWriter("versions.tsv", "UTF-8")) {
            out.print("# maker: Versions.java, rocketmq-common 5.3.3\n# ordinal, name\n");
            for (MQVersion.Version v : MQVersion.Version.values()) {
                out.print(v.ordinal() + "\t" + v.name() + "\n");
            }
        }
    }
}
