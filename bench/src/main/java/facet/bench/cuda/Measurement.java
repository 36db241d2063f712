package facet.bench.cuda;

import static facet.train.error.Printable.format;

/// One line of a benchmark's output: what was measured and how long it took, separated by tabs.
/// `gpu_peer.py` reads the first three fields and does the same in PyTorch.
///
/// @param what `conv.forward`, `gemm`, ...
/// @param shape its sizes, `key=value` separated by spaces
/// @param precision `fp32`, `tf32` or `bf16`
/// @param milliseconds the median
/// @param work floating-point operations (positive) or bytes moved (negative), 0 for neither
record Measurement(String what, String shape, String precision, double milliseconds, double work) {

  /// What identifies the question.
  String key() {
    return what + "\t" + shape + "\t" + precision;
  }

  /// The same of something else.
  Measurement renamed(String other) {
    return new Measurement(other, shape, precision, milliseconds, work);
  }

  String line() {
    return format("%s\t%.5f\t%.6g", key(), milliseconds, work);
  }

  static Measurement parse(String line) {
    var fields = line.split("\t", -1);
    if (fields.length < 4) {
      throw new IllegalArgumentException("not a measurement: '" + line + "'");
    }
    var work = fields.length > 4 ? Double.parseDouble(fields[4]) : 0;
    return new Measurement(fields[0], fields[1], fields[2], Double.parseDouble(fields[3]), work);
  }

  /// The speed in TFLOP/s or GB/s.
  String rate() {
    if (work > 0) {
      return format("%.1f TFLOP/s", work / milliseconds * 1e-9);
    }
    return work < 0 ? format("%.0f GB/s", -work / milliseconds * 1e-6) : "";
  }
}
