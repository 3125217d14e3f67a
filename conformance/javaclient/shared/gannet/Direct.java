package gannet;

import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/** Requests that not every version has a method for, sent by the client's own remoting. */
final class Direct {
    /** The answer to a request with a body, or null for none, and fields: name, value, name, value. */
    static RemotingCommand ask(DefaultMQProducer asker, String addr, int code, String body, String... fields) throws Exception {
        RemotingCommand request = RemotingCommand.createRequestCommand(code, null);
        for (int i = 0; i < fields.length; i += 2) request.addExtField(fields[i], fields[i + 1]);
        if (body != null) request.setBody(body.getBytes(StandardCharsets.UTF_8));
        return Version.instance(asker).getMQClientAPIImpl().getRemotingClient().invokeSync(addr, request, Cluster.PATIENT_MILLIS);
    }

    /** The same where anything but success ends the scenario. */
    static void tell(DefaultMQProducer asker, String addr, int code, String body, String... fields) throws Exception {
        RemotingCommand answer = ask(asker, addr, code, body, fields);
        if (answer.getCode() != 0) throw new IllegalStateException(code + " was answered " + answer.getCode() + " " + answer.getRemark());
    }

    /** Gives a group settings, written as fields of a JSON object; the others have their defaults. */
    static void group(DefaultMQProducer asker, String broker, String group, String settings) throws Exception {
        tell(asker, broker, 200, "{\"groupName\":\"" + group + "\"," + settings + "}");
    }

    private Direct() {
    }
}
