package facet.bench.cuda;

import static facet.train.error.Printable.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/// Joins what [GpuBenchmark] measured with what others took for the same, PyTorch, PyTorch compiled
/// and the vendor's kernels through Facet, as a Markdown table:
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

  /// What a kernel is compared with: `what` behind its name, and how many times its speed a kernel
  /// should reach at least.
  private record Peer(String column, String suffix) {}

  private static final List<Peer> PEERS =
      List.of(
          new Peer("PyTorch", ""),
          new Peer("compiled", " compiled"),
          new Peer("vendor", " (vendor)"));

  /// The bar of a kernel: how many times the speed of a peer, one of the table's columns, it should
  /// reach at least; 0 where there is none.
  static double bar(Measurement m, String column) {
    if (m.what().equals("step")) {
      return column.equals(m.precision().equals("bf16") ? "compiled" : "PyTorch") ? 1 : 0;
    }
    if (column.equals("vendor")) {
      return 0;
    }
    return switch (m.what()) {
      case "margin.softmax" -> column.equals("PyTorch") ? 2 : 1;
      case "soft.histogram" -> column.equals("PyTorch") ? 5 : 1;
      case "norm.forward", "norm.backward", "sgd" -> 1;
      default -> column.equals("PyTorch") ? 0.8 : 0; // cuDNN's and cuBLAS's
    };
  }

  /// One line for each of our measurements: the times of the peers and, behind them, how many times
  /// their speed is ours, `!` where that misses the bar.
  static List<String> table(List<Measurement> ours, List<Measurement> others) {
    var theirs = new HashMap<String, Measurement>();
    for (var m : others) {
      theirs.put(m.key(), m);
    }
    var lines = new ArrayList<String>();
    var head = new StringBuilder("| what | shape | precision | Facet ms | speed |");
    var rule = new StringBuilder("|---|---|---|---|---|");
    for (var peer : PEERS) {
      head.append(' ').append(peer.column()).append(" ms |");
      rule.append("---|");
    }
    lines.add(head.toString());
    lines.add(rule.toString());
    for (var m : ours) {
      var line =
          new StringBuilder(
              format(
                  "| %s | %s | %s | %.3f | %s |",
                  m.what(), m.shape(), m.precision(), m.milliseconds(), m.rate()));
      for (var peer : PEERS) {
        var other = theirs.get(m.renamed(m.what() + peer.suffix()).key());
        if (other == null) {
          line.append(" - |");
        } else {
          var ratio = other.milliseconds() / m.milliseconds();
          var missed = ratio < bar(m, peer.column()) ? "!" : "";
          line.append(format(" %.3f (%.2f%s) |", other.milliseconds(), ratio, missed));
        }
      }
      lines.add(line.toString());
    }
    return lines;
  }
}
