package gannet;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Command line of the form {@code --name value … word …}. Unknown names and missing values end the program with 2. */
final class Args {
    private final Map<String, String> named = new LinkedHashMap<>();
    final List<String> words = new ArrayList<>();

    /** @param names every accepted name, without the dashes */
    Args(String[] args, String... names) {
        List<String> known = List.of(names);
        for (int i = 0; i < args.length; i++) {
            if (!args[i].startsWith("--")) {
                words.add(args[i]);
                continue;
            }
            String name = args[i].substring(2);
            if (!known.contains(name) || i + 1 == args.length) {
                usage("--" + name + (known.contains(name) ? " needs a value" : " is unknown, known are " + known));
            }
            named.put(name, args[++i]);
        }
    }

    String need(String name) {
        if (!named.containsKey(name)) usage("--" + name + " is required");
        return named.get(name);
    }

    String text(String name, String absent) {
        return named.getOrDefault(name, absent);
    }

    int number(String name, int absent) {
        return named.containsKey(name) ? Integer.parseInt(named.get(name)) : absent;
    }

    boolean flag(String name) {
        return Boolean.parseBoolean(named.get(name));
    }

    static void usage(String problem) {
        System.err.println("usage: " + problem);
        System.exit(2);
    }
}
