package facet.bench.cuda;

import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.kernels.cuda.CudaBackend;
import java.util.List;
import java.util.Locale;

/// Times the kernels of the cuda backend at the shapes of an IResNet-50 and a training step of it,
/// one line a measurement (see [Measurement]), written as it is taken:
///
///     java ... facet.bench.cuda.GpuBenchmark [--quick] [--list] [--kernels handwritten|vendor]
///         [--precision bf16|tf32|fp32] [--only PATTERN]
///
/// `--quick` takes tiny shapes, once: to see that all of it runs. `--list` prints the questions
/// with zero milliseconds, for `gpu_peer.py`. `--only` takes those whose `what shape` matches a
/// regular expression.
public final class GpuBenchmark {
  private GpuBenchmark() {}

  public static void main(String[] args) {
    var options = List.of(args);
    var quick = options.contains("--quick");
    var pattern = value(options, "--only", ".*");
    var precision =
        Precision.valueOf(value(options, "--precision", "bf16").toUpperCase(Locale.ROOT));
    var kernels =
        KernelChoice.valueOf(value(options, "--kernels", "handwritten").toUpperCase(Locale.ROOT));
    var questions =
        GpuQuestions.all(quick).stream()
            .filter(q -> (q.what() + " " + q.shape()).matches(pattern))
            .toList();
    if (options.contains("--list")) {
      questions.forEach(q -> System.out.println(q.at(precision, 0, null).line()));
      return;
    }
    try (var backend = new CudaBackend(0, precision, kernels)) {
      if (backend.vendorProblem() != null) {
        System.err.println(backend.vendorProblem());
        System.exit(1);
      }
      var bench = new Bench(backend, quick ? 1 : 15);
      var suffix = kernels == KernelChoice.VENDOR ? "vendor" : null;
      for (var question : questions) {
        if (suffix == null || question.precisions()) {
          try {
            var work = question.prepare().apply(bench, precision);
            var milliseconds = bench.median(work, question.flushed());
            System.out.println(question.at(precision, milliseconds, suffix).line());
          } finally {
            bench.clear();
          }
        }
      }
    }
  }

  private static String value(List<String> options, String name, String otherwise) {
    var at = options.indexOf(name);
    return at < 0 ? otherwise : options.get(at + 1);
  }
}
