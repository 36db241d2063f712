package facet.bench;

import facet.nn.NetworkSpec;
import facet.nn.Summary;
import java.util.List;
import java.util.Objects;

/// What one run of a benchmark does: operations by the definition, or bytes that must move, or
/// images; 0 for what does not apply. Where both are 0, its time is compared to the multiply-adds.
///
/// @param flop floating-point operations
/// @param bytes read and written
record Work(double flop, double bytes, int images) {
  /// The batch of benchmarks without a parameter for it.
  static final int IMAGES = 32;

  private static final int STEP = 3; // forward, the gradients of the data, those of the weights

  /// A measured speed in the unit that suits the work.
  record Rate(double value, String unit) {}

  static Work of(Question q) {
    return switch (q.subject()) {
      case "Gemm" -> new Work(GemmProblem.parse(q.param("product")).flop(), 0, 0);
      case "Convolution" ->
          new Work(ConvLayer.parse(q.param("layer")).flop(q.number("batch")), 0, 0);
      case "BatchNorm" -> new Work(0, batchNormBytes(q), 0);
      case "MarginSoftmax" -> {
        var matrix = (double) Float.BYTES * q.number("rows") * q.number("classes");
        yield new Work(0, q.verb().equals("forward") ? matrix : 2 * matrix, 0);
      }
      case "TrainingStep", "FirstStep" -> network(q, STEP);
      case "Embedding" -> network(q, 1);
      case "DataLoading" -> new Work(0, 0, DataLoadingBenchmark.BATCH);
      default -> new Work(0, 0, 0);
    };
  }

  private static Work network(Question q, int passes) {
    var spec = Objects.requireNonNull(NetworkSpec.named(q.param("network")));
    var images = q.number("batch");
    return new Work(2.0 * passes * images * Summary.of(spec).macs(), 0, images);
  }

  /// Forward reads `x` for the statistics and again to normalise it, and writes `y`; backward reads
  /// `x` and `dy` twice and writes `dx`.
  private static double batchNormBytes(Question q) {
    var layer = q.param("layer").split("@", -1);
    var side = Double.parseDouble(layer[1]);
    var tensor = Float.BYTES * IMAGES * side * side * Double.parseDouble(layer[0]);
    var residual = q.param("then").equals("ADD") ? 1 : 0;
    return tensor * (q.verb().equals("forward") ? 3 + residual : 5);
  }

  /// Whether memory limits it, not arithmetic.
  boolean movesMemory() {
    return bytes > 0;
  }

  /// Which share of the machine's peak `launches` of this work reached; not a number if either is
  /// unknown.
  double share(List<Launch> launches) {
    var amount = movesMemory() ? bytes : flop;
    if (amount == 0 || !launches.stream().allMatch(Launch::hasYardsticks)) {
      return Double.NaN;
    }
    var units = Statistics.location(launches.stream().map(l -> l.normalized(this)).toList());
    return amount * 1e-9 / units;
  }

  /// The speed of this work done in `seconds`.
  Rate rate(double seconds) {
    if (images > 0) {
      return new Rate(images / seconds, "images/s");
    }
    if (flop > 0) {
      return new Rate(flop / seconds * 1e-9, "GFLOP/s");
    }
    return bytes > 0 ? new Rate(bytes / seconds * 1e-9, "GB/s") : new Rate(1 / seconds, "ops/s");
  }
}
