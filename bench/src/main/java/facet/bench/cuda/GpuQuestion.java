package facet.bench.cuda;

import facet.kernels.Precision;
import java.util.Locale;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Something to measure on a GPU.
///
/// @param what `conv.forward`, `gemm`, ...
/// @param shape its sizes, `key=value` separated by spaces
/// @param work floating-point operations (positive) or bytes moved (negative), 0 for neither
/// @param precisions whether the precision of products matters to it; else it is asked once
/// @param flushed whether the cache is emptied before each run
/// @param prepare makes the work from a bench and the precision
record GpuQuestion(
    String what,
    String shape,
    double work,
    boolean precisions,
    boolean flushed,
    BiFunction<Bench, Precision, Runnable> prepare) {

  /// What it is asked at: `fp32` where precisions make no difference.
  String precision(Precision precision) {
    return precisions ? precision.name().toLowerCase(Locale.ROOT) : "fp32";
  }

  /// As a line for `gpu_peer.py`, or with the result.
  Measurement at(Precision precision, double milliseconds, @Nullable String suffix) {
    var name = suffix == null ? what : what + " (" + suffix + ")";
    return new Measurement(name, shape, precision(precision), milliseconds, work);
  }
}
