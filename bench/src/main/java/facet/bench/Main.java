package facet.bench;

import static facet.train.error.Printable.format;

import facet.bench.Comparison.Verdict;
import facet.train.error.FacetException;
import facet.train.text.Json;
import facet.train.text.TextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/// `./facet bench`: runs the benchmarks, alone or against an earlier version or PyTorch.
@Command(
    name = "facet bench",
    header = "Measures the speed of kernels, losses and training steps.",
    synopsisHeading = "Usage: ",
    customSynopsis =
        "facet bench [--compare FILE|FOLDER] [--json FILE] [--peer] [JMH options] [regex of names]"
            + " ...%n   or: [mpirun -np R --bind-to none] facet bench --people N,... [--exchange]",
    description = {
      "",
      "Without an option of its own it runs the selected benchmarks and prints a table; all options"
          + " of JMH but -rf work (-h lists them, -l the benchmarks). -rff FILE keeps the result.",
      ""
    },
    sortOptions = false)
public final class Main implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  /// What JMH answers itself.
  private static final Set<String> INQUIRIES = Set.of("-h", "-l", "-lp", "-lrf", "-lprof");

  @Option(
      names = "--compare",
      paramLabel = "FILE|FOLDER",
      description =
          "Compare with an earlier result (a file written with -rff), or with another checkout of"
              + " Facet, whose launches alternate with this one's. Fails if something is slower;"
              + " with fewer than five launches on a side (-f 5), nothing is decided.")
  private @Nullable Path base;

  @Option(
      names = "--tolerance",
      paramLabel = "SHARE",
      defaultValue = "0.03",
      description = "What still counts as the same time. Default: ${DEFAULT-VALUE}.")
  private double tolerance;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write what --compare finds to this file, too; - is the screen, without table.")
  private @Nullable Path json;

  @Option(
      names = "--peer",
      description =
          "Compare with PyTorch, launch by launch in turn. Fails if PyTorch leaves cores idle in"
              + " work that fills them, or is far from the machine's peak in a large product.")
  private boolean peer;

  @Option(
      names = "--python",
      paramLabel = "PROGRAM",
      defaultValue = "python3",
      description = "A Python that can import torch. Default: ${DEFAULT-VALUE}.")
  private String python = "";

  @Mixin private ManyPeople manyPeople = new ManyPeople();

  @Option(names = "--help", usageHelp = true, description = "Print this.")
  @SuppressWarnings("UnusedVariable") // picocli answers it
  private boolean help;

  @Unmatched private List<String> jmh = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  private final ResultTables report = new ResultTables(System.out);

  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    if (jmh.stream().anyMatch(INQUIRIES::contains)) {
      org.openjdk.jmh.Main.main(jmh.toArray(String[]::new));
      return 0;
    }
    try {
      requireUse();
      if (manyPeople.asked()) {
        return manyPeople.run();
      }
      var suite = new Suite(new CommandLineOptions(jmh.toArray(String[]::new)));
      if (peer || base != null && Files.isDirectory(base)) {
        PassedOn.requireAll(suite.options(), peer ? "--peer" : "--compare FOLDER");
      }
      if (peer) {
        return comparePeer(suite);
      }
      if (base != null) {
        return compare(suite, base);
      }
      report.results(suite.run());
      return 0;
    } catch (CommandLineOptionException | FacetException | IOException e) {
      System.err.println("facet bench: " + e.getMessage());
      return USAGE;
    }
  }

  /// Refuses options that nothing would look at: who gives one expects it to do something.
  void requireUse() {
    if (!isGiven("--people")) {
      refuse(
          ManyPeople.DETAILS,
          "--people only; a benchmark has parameters instead: -p threads=1, and what -lp lists");
    }
    if (base == null) {
      refuse(List.of("--tolerance", "--json"), "--compare only");
    }
    if (!peer) {
      refuse(List.of("--python"), "--peer only");
    } else if (base != null) {
      throw FacetException.usage("--compare and --peer are two comparisons; ask for one.");
    }
    if (manyPeople.asked() && (base != null || peer || !jmh.isEmpty())) {
      throw FacetException.usage(
          "--people and --exchange run no benchmark: leave out "
              + (base != null ? "--compare" : peer ? "--peer" : String.join(" ", jmh))
              + ".");
    }
  }

  private void refuse(List<String> options, String belongs) {
    for (var option : options) {
      if (isGiven(option)) {
        throw FacetException.usage(option + " goes with " + belongs + ".");
      }
    }
  }

  private boolean isGiven(String option) {
    return spec.commandLine().getParseResult().hasMatchedOption(option);
  }

  private int comparePeer(Suite suite) throws IOException {
    suite.questions(); // before half a minute's trial
    var script = Path.of(System.getProperty("facet.root", ""), "bench", "peer", "peer.py");
    try (var torch = new PyTorch(python, script, suite.options())) {
      var doubts = Doubts.about(Duel.of(List.of(Doubts.TRIAL), 1, suite, torch));
      if (doubts.isEmpty()) {
        var comparisons = Duel.of(suite, torch);
        report.peers(comparisons);
        doubts = Doubts.about(comparisons);
      }
      doubts.forEach(doubt -> System.err.println("facet bench: " + doubt));
      return doubts.isEmpty() ? 0 : FAILED;
    }
  }

  private int compare(Suite suite, Path base) throws IOException {
    var comparisons =
        Files.isDirectory(base)
            ? Duel.of(suite, new Checkout(base, suite.options()))
            : Duel.between(Results.read(base), suite.run());
    if (json == null || !isScreen(json)) {
      report.comparisons(comparisons, tolerance);
    }
    if (json != null) {
      write(comparisons, json);
    }
    var slower = comparisons.stream().filter(c -> c.verdict(tolerance) == Verdict.SLOWER).count();
    if (slower > 0) {
      System.err.print(format("facet bench: %d of %d are slower%n", slower, comparisons.size()));
    }
    return slower > 0 ? FAILED : 0;
  }

  private void write(List<Comparison> comparisons, Path json) {
    var found = new LinkedHashMap<String, Object>();
    found.put("tolerance", tolerance);
    found.put("comparisons", comparisons.stream().map(c -> c.json(tolerance)).toList());
    var text = Json.text(found);
    if (isScreen(json)) {
      System.out.print(text);
    } else {
      TextFile.write(json, text);
    }
  }

  private static boolean isScreen(Path json) {
    return json.toString().equals("-");
  }
}
