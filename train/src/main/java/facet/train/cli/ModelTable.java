package facet.train.cli;

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
              Table.count(layer.parameters()),
              Table.count(layer.macs()),
              Table.count(layer.activationBytes() >> 10)));
    }
    table.row(
        List.of(
            "sum for one image",
            "",
            "",
            Table.count(summary.parameters()),
            Table.count(summary.macs()),
            Table.count(summary.activationBytes() >> 10)));
    return table.plain(3);
  }
}
