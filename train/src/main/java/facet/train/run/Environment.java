package facet.train.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// What a run ran on.
public final class Environment {
  private Environment() {}

  /// JDK, operating system, processor and memory, by name.
  public static Map<String, String> facts() {
    var facts = new LinkedHashMap<String, String>();
    facts.put("facet", "0.1.0");
    facts.put("java", System.getProperty("java.vendor") + " " + Runtime.version());
    facts.put(
        "os",
        "%s %s %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")));
    facts.put("cpu", cpu());
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put(
        "heap",
        String.format(Locale.ROOT, "%.1f GiB", Runtime.getRuntime().maxMemory() / 0x1p30));
    return facts;
  }

  private static String cpu() {
    var info = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(info)) {
      return "unknown";
    }
    try (var lines = Files.lines(info)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  /// One flat JSON object.
  public static String json(Map<String, String> facts) {
    return facts.entrySet().stream()
        .map(e -> "  \"%s\": \"%s\"".formatted(escape(e.getKey()), escape(e.getValue())))
        .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
  }

  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
