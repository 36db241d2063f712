package facet.tensor.check;

import facet.tensor.Backend;
import facet.tensor.Storage;
import java.util.List;
import java.util.Set;

/// One call of one kernel: its arguments and what to compare.
///
/// @param family the kernel family, `gemm`
/// @param kernel the method of its interface
/// @param label sizes and what is special
/// @param tolerance by how much the contract's tolerance is multiplied
/// @param activations which arguments lie in memory for activations, by their index
/// @param call calls the kernel with the storages of the arguments, in their order
public record KernelCase(
    String family,
    String kernel,
    String label,
    double tolerance,
    List<Arg> args,
    Set<Integer> activations,
    Call call) {

  public static KernelCase of(String kernel, String label, Call call, Arg... args) {
    var dot = kernel.indexOf('.');
    return new KernelCase(
        kernel.substring(0, dot),
        kernel.substring(dot + 1),
        label,
        1,
        List.of(args),
        Set.of(),
        call);
  }

  public static KernelCase of(String kernel, String label, List<Arg> args, Call call) {
    return of(kernel, label, call, args.toArray(Arg[]::new));
  }

  public KernelCase tolerance(double times) {
    return new KernelCase(family, kernel, label, times, args, activations, call);
  }

  /// The case with these arguments in memory for activations, see [Backend#activations].
  public KernelCase activations(Integer... arguments) {
    return new KernelCase(family, kernel, label, tolerance, args, Set.of(arguments), call);
  }

  /// The case with other arguments.
  KernelCase with(List<Arg> others) {
    return new KernelCase(family, kernel, label, tolerance, others, activations, call);
  }

  public String name() {
    return family + "/" + kernel + "/" + label;
  }

  /// Calls the kernel.
  public interface Call {
    void run(Backend backend, Storage... s);
  }

  /// An argument in memory. What a kernel adds up may cancel; `magnitude` is then the size that
  /// errors are measured by. Results are measured by themselves where it is 0, by the largest of
  /// them where it is [#LARGEST].
  public sealed interface Arg {
    double LARGEST = -1;

    /// The number of elements.
    int length();

    /// Only read: must be unchanged afterwards.
    @SuppressWarnings("ArrayRecordComponent") // test data, never compared
    record In(double[] values) implements Arg {
      @Override
      public int length() {
        return values.length;
      }
    }

    /// Read and written.
    @SuppressWarnings("ArrayRecordComponent")
    record InOut(double[] values, double magnitude) implements Arg {
      @Override
      public int length() {
        return values.length;
      }
    }

    /// Only written: holds NaN before, must be written completely.
    record Out(int length, double magnitude) implements Arg {}

    /// Integers that are only read.
    @SuppressWarnings("ArrayRecordComponent")
    record IntIn(int[] values) implements Arg {
      @Override
      public int length() {
        return values.length;
      }
    }

    /// Integers that are only written, and must be equal.
    record IntOut(int length) implements Arg {}
  }

  /// Rounded to float32, so that all backends see the same numbers.
  public static Arg in(double... values) {
    return new Arg.In(Data.fill(values.length, i -> values[i]));
  }

  public static Arg inOut(double[] values, double magnitude) {
    return new Arg.InOut(Data.fill(values.length, i -> values[i]), magnitude);
  }

  /// Measured by the largest element.
  public static Arg out(int length) {
    return new Arg.Out(length, Arg.LARGEST);
  }

  /// Measured by `magnitude` or the element, whichever is larger.
  public static Arg out(int length, double magnitude) {
    return new Arg.Out(length, magnitude);
  }

  /// Every element measured by itself.
  public static Arg outElementwise(int length) {
    return new Arg.Out(length, 0);
  }

  public static Arg ints(int... values) {
    return new Arg.IntIn(values);
  }

  public static Arg outInts(int length) {
    return new Arg.IntOut(length);
  }
}
