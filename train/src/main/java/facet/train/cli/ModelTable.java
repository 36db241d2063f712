package facet.train.cli;

import static facet.train.error.Printable.format;

import facet.nn.NetworkSpec;
import facet.nn.Summary;
import facet.train.text.Table;
import java.util.List;

/// A network layer by layer, for people.
final class ModelTable {
  private ModelTable() {}

  /// A row a layer, and the sums below.
  static String of(NetworkSpec spec) {
    var summary = Summary.of(spec);
    var table = new Table(List.of("layer", "kind", "output", "parameters", "MACs", "KiB kept"));
    for (var layer : summary.layers()) {
      table.row(
          List.of(
              layer.name(),
              layer.kind(),
              layer.output().toString(),
              count(layer.parameters()),
              count(layer.macs()),
              count(layer.activationBytes() >> 10)));
    }
    table.row(
        List.of(
            "sum for one image",
            "",
            "",
            count(summary.parameters()),
            count(summary.macs()),
            count(summary.activationBytes() >> 10)));
    return table.plain(3);
  }

  private static String count(long number) {
    return format("%,d", number);
  }
}
