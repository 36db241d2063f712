package facet.bench.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;

/// Joins what [GpuBenchmark] measured with what others took for the same, PyTorch and the vendor's
/// kernels, as a Markdown table:
///
///     java ... facet.bench.cuda.GpuTable OURS [OTHERS ...]
public final class GpuTable {
  private GpuTable() {}

  public static void main(String[] args) throws IOException {
    var others = new ArrayList<Measurement>();
    for (var file : List.of(args).subList(1, args.length)) {
      others.addAll(read(Path.of(file)));
    }
    table(read(Path.of(args[0])), others).forEach(System.out::println);
  }

  private static List<Measurement> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    return Files.readAllLines(file).stream()
        .filter(line -> line.contains("\t"))
        .map(Measurement::parse)
        .toList();
  }

  /// The bar of a kernel: how many times PyTorch's speed it should reach at least.
  static double bar(String what) {
    return switch (what) {
      case "margin.softmax" -> 2;
      case "soft.histogram" -> 5;
      case "step", "norm.forward", "norm.backward", "sgd" -> 1;
      default -> 0.8; // of cuDNN and cuBLAS
    };
  }

  static List<String> table(List<Measurement> ours, List<Measurement> peer) {
    var theirs = new HashMap<String, Measurement>();
    for (var m : peer) {
      theirs.put(m.key(), m);
    }
    var lines = new ArrayList<String>();
    lines.add(
        "| what | shape | precision | Facet ms | speed | PyTorch ms | times its speed | bar |");
    lines.add("|---|---|---|---|---|---|---|---|");
    for (var m : ours) {
      var other = theirs.get(m.key());
      var ratio = other == null ? Double.NaN : other.milliseconds() / m.milliseconds();
      lines.add(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %.3f | %s | %s | %s | %.1f%s |",
              m.what(),
              m.shape(),
              m.precision(),
              m.milliseconds(),
              m.rate(),
              other == null ? "-" : String.format(Locale.ROOT, "%.3f", other.milliseconds()),
              other == null ? "-" : String.format(Locale.ROOT, "%.2f", ratio),
              bar(m.what()),
              other == null ? "" : ratio >= bar(m.what()) ? " reached" : " missed"));
    }
    for (var m : peer) {
      if (ours.stream().noneMatch(o -> o.key().equals(m.key()))) {
        lines.add(
            String.format(
                Locale.ROOT,
                "| %s | %s | %s | - | - | %.3f | - | - |",
                m.what(),
                m.shape(),
                m.precision(),
                m.milliseconds()));
      }
    }
    return lines;
  }
}
