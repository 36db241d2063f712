package facet.tensor.check;

import facet.tensor.Backend;
import facet.tensor.Storage;
import facet.tensor.StoragePool;
import facet.tensor.check.KernelCase.Arg;
import facet.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Runs one kernel on a backend and on the oracle. Every argument is a slice of a longer storage,
/// once where slices are aligned and once where they are not, with guards on both sides.
final class KernelContract {
  private static final int GUARD = 16;
  private static final double GUARD_VALUE = 12288; // bf16 has it, too
  private static final int GUARD_INT = 12345;

  private final Backend backend;
  private final double tolerance;

  KernelContract(Backend backend, double tolerance) {
    this.backend = backend;
    this.tolerance = tolerance;
  }

  void check(KernelCase given) {
    var test = representable(given);
    var live = backend.pool().live() + backend.activations().live();
    var liveInts = backend.intPool().live();
    var aligned = run(test, backend, true);
    var again = run(test, backend, true);
    var shifted = run(test, backend, false);
    try (var reference = new ReferenceBackend()) {
      var expected = run(test, reference, true);
      for (var i = 0; i < expected.size(); i++) {
        var what = test.name() + ": argument " + i;
        requireIdentical(what + " of the second of two equal calls", again.get(i), aligned.get(i));
        compare(test, what, i, aligned.get(i), expected.get(i));
        compare(test, what + " (not aligned)", i, shifted.get(i), expected.get(i));
      }
    }
    if (backend.pool().live() + backend.activations().live() != live
        || backend.intPool().live() != liveInts) {
      throw new AssertionError(test.name() + ": the kernel does not give its memory back");
    }
  }

  /// The case with activations as the backend can hold them, so that the oracle sees the same.
  private KernelCase representable(KernelCase test) {
    var args = new ArrayList<Arg>();
    for (var i = 0; i < test.args().size(); i++) {
      var arg = test.args().get(i);
      var activation = test.activations().contains(i);
      args.add(
          switch (arg) {
            case Arg.In in when activation -> new Arg.In(representable(backend, in.values()));
            case Arg.InOut both when activation ->
                new Arg.InOut(representable(backend, both.values()), both.magnitude());
            default -> arg;
          });
    }
    return test.with(args);
  }

  /// The values as activations of the backend hold them.
  static double[] representable(Backend backend, double[] values) {
    var storage = backend.activations().take(values.length);
    var result = new double[values.length];
    backend.write(values, 0, storage, values.length);
    backend.read(storage, result, 0, values.length);
    backend.activations().give(storage);
    return result;
  }

  private void compare(KernelCase test, String what, int i, Contents actual, Contents expected) {
    switch (test.args().get(i)) {
      case Arg.In in -> Closeness.requireIdentical(what + " changed", actual.reals(), in.values());
      case Arg.IntIn in ->
          Closeness.requireIdentical(what + " changed", actual.ints(), in.values());
      case Arg.IntOut out -> Closeness.requireIdentical(what, actual.ints(), expected.ints());
      case Arg.InOut out -> compare(test, what, out.magnitude(), actual, expected);
      case Arg.Out out -> compare(test, what, out.magnitude(), actual, expected);
    }
  }

  private void compare(
      KernelCase test, String what, double magnitude, Contents actual, Contents expected) {
    Closeness.require(
        what,
        actual.reals(),
        expected.reals(),
        tolerance * test.tolerance(),
        magnitude == Arg.LARGEST ? Closeness.largest(expected.reals()) : magnitude);
  }

  private static void requireIdentical(String what, Contents actual, Contents expected) {
    Closeness.requireIdentical(what, actual.reals(), expected.reals());
    Closeness.requireIdentical(what, actual.ints(), expected.ints());
  }

  /// An argument after the call.
  @SuppressWarnings("ArrayRecordComponent") // compared element by element
  private record Contents(double[] reals, int[] ints) {}

  private static List<Contents> run(KernelCase test, Backend backend, boolean aligned) {
    var buffers =
        IntStream.range(0, test.args().size())
            .mapToObj(i -> new Buffer(backend, test, i, aligned ? GUARD : 3 + 2 * i))
            .toList();
    try {
      test.call().run(backend, buffers.stream().map(Buffer::slice).toArray(Storage[]::new));
      return IntStream.range(0, buffers.size())
          .mapToObj(i -> buffers.get(i).contents(test.name() + ": argument " + i))
          .toList();
    } finally {
      buffers.forEach(Buffer::close);
    }
  }

  /// Memory of an argument: a slice between guards.
  private static final class Buffer {
    private final Backend backend;
    private final int from;
    private final int length;
    private final boolean integers;
    private final StoragePool pool;
    private final Storage whole;

    Buffer(Backend backend, KernelCase test, int i, int from) {
      var arg = test.args().get(i);
      this.backend = backend;
      this.from = from;
      this.length = arg.length();
      this.integers = arg instanceof Arg.IntIn || arg instanceof Arg.IntOut;
      var total = from + length + GUARD;
      var reals = test.activations().contains(i) ? backend.activations() : backend.pool();
      this.pool = integers ? backend.intPool() : reals;
      this.whole = pool.take(total);
      var values = new double[total];
      Arrays.fill(values, GUARD_VALUE);
      var ints = new int[total];
      Arrays.fill(ints, GUARD_INT);
      switch (arg) {
        case Arg.In in -> System.arraycopy(in.values(), 0, values, from, length);
        case Arg.InOut inOut -> System.arraycopy(inOut.values(), 0, values, from, length);
        case Arg.Out out -> Arrays.fill(values, from, from + length, Double.NaN);
        case Arg.IntIn in -> System.arraycopy(in.values(), 0, ints, from, length);
        case Arg.IntOut out -> Arrays.fill(ints, from, from + length, Integer.MIN_VALUE);
      }
      if (integers) {
        backend.writeInts(ints, 0, whole, total);
      } else {
        backend.write(values, 0, whole, total);
      }
    }

    Storage slice() {
      return backend.slice(whole, from, length);
    }

    Contents contents(String what) {
      var total = from + length + GUARD;
      var reals = new double[integers ? 0 : total];
      var ints = new int[integers ? total : 0];
      if (integers) {
        backend.readInts(whole, ints, 0, total);
      } else {
        backend.read(whole, reals, 0, total);
      }
      for (var i = 0; i < total; i++) {
        var inside = i >= from && i < from + length;
        if (!inside && (integers ? ints[i] != GUARD_INT : reals[i] != GUARD_VALUE)) {
          throw new AssertionError(
              String.format(
                  Locale.ROOT,
                  "%s: the kernel writes outside of it, at element %d of %d",
                  what,
                  i - from,
                  length));
        }
      }
      return integers
          ? new Contents(new double[0], Arrays.copyOfRange(ints, from, from + length))
          : new Contents(Arrays.copyOfRange(reals, from, from + length), new int[0]);
    }

    void close() {
      pool.give(whole);
    }
  }
}
