package facet.train.run;

import static facet.train.error.Printable.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a run ran on.
public final class Environment {
  /// Facet's version.
  public static final String VERSION = "0.1.0";

  private Environment() {}

  /// JDK, operating system, processor and memory, by name.
  public static Map<String, String> facts() {
    var facts = new LinkedHashMap<String, String>();
    facts.put("facet", VERSION);
    facts.put("commit", Commit.ofFacet());
    facts.put("java", System.getProperty("java.vendor") + " " + Runtime.version());
    facts.put(
        "os",
        format(
            "%s %s %s",
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch")));
    facts.put("cpu", cpu());
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("heap", format("%.1f GiB", Runtime.getRuntime().maxMemory() / 0x1p30));
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

  /// The program with its version and commit.
  public static String program() {
    return "facet " + VERSION + " of " + Commit.ofFacet();
  }
}
