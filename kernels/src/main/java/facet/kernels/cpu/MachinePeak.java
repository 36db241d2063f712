package facet.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/// What the machine can do at most, measured: the yardstick for the speed of every kernel. Slow
/// neighbours and low clocks slow it as they slow a kernel, so the ratio of both tells more than
/// either.
public final class MachinePeak {
  private static final int ROUNDS = 24_000;
  private static final int CHAINS = 12;

  /// Floats of each of the triad's arrays: far more than the caches hold.
  private static final int STREAM = 8 << 20;

  /// Bytes of memory that the measurement itself takes.
  public static final long MEMORY = 3L * Float.BYTES * STREAM;

  /// Rounds of an iteration of [#multiplyAdd]. To the JIT, a field is no constant: if it knew this
  /// one, it would unroll the loop and order the multiply-adds by chains, which leaves 0.7 of the
  /// peak.
  @SuppressWarnings("FieldMayBeFinal")
  private int stride = 3;

  private final Workers workers;
  private final Lanes lanes = Lanes.preferred();
  private final float[] results;
  private final float[] a = new float[STREAM + FloatStorage.LINE];
  private final float[] b = new float[STREAM + FloatStorage.LINE];
  private final float[] c = new float[STREAM + FloatStorage.LINE];

  /// Measures with all of `workers`.
  public MachinePeak(Workers workers) {
    this.workers = workers;
    this.results = new float[workers.count() * FloatStorage.LINE];
  }

  /// Floating-point operations a second of multiply-adds that never leave the registers.
  public double flops(long nanos) {
    var work = 2.0 * CHAINS * lanes.count() * ROUNDS * workers.count();
    return work * rate(nanos, () -> workers.forEach(workers.count(), this::multiplyAdd));
  }

  /// Bytes a second of `a = b + s c` over arrays that no cache holds: two reads and a write.
  public double bytes(long nanos) {
    var work = 3.0 * Float.BYTES * STREAM;
    return work * rate(nanos, () -> workers.forEach(STREAM, FloatStorage.LINE, this::triad));
  }

  /// Calls a second of `body`, repeated for about `nanos`.
  private static double rate(long nanos, Runnable body) {
    var start = System.nanoTime();
    var calls = 0;
    do {
      body.run();
      calls++;
    } while (System.nanoTime() - start < nanos);
    return calls * 1e9 / (System.nanoTime() - start);
  }

  /// Enough independent chains to hide the latency of a multiply-add (four cycles, two a cycle).
  /// Three rounds an iteration: with one, the loop's own instructions take a tenth of the ports
  /// that multiply, and so short a method would be inlined, where registers may be too few.
  private void multiplyAdd(int from, int to, int worker) {
    var s = lanes.floats();
    var factor = FloatVector.broadcast(s, 0.999f);
    var term = FloatVector.broadcast(s, results[worker * FloatStorage.LINE]);
    var x0 = term;
    var x1 = term;
    var x2 = term;
    var x3 = term;
    var x4 = term;
    var x5 = term;
    var x6 = term;
    var x7 = term;
    var x8 = term;
    var x9 = term;
    var x10 = term;
    var x11 = term;
    int step = stride;
    for (int i = 0; i < ROUNDS; i += step) {
      x0 = factor.fma(term, x0);
      x1 = factor.fma(term, x1);
      x2 = factor.fma(term, x2);
      x3 = factor.fma(term, x3);
      x4 = factor.fma(term, x4);
      x5 = factor.fma(term, x5);
      x6 = factor.fma(term, x6);
      x7 = factor.fma(term, x7);
      x8 = factor.fma(term, x8);
      x9 = factor.fma(term, x9);
      x10 = factor.fma(term, x10);
      x11 = factor.fma(term, x11);
      x0 = factor.fma(term, x0);
      x1 = factor.fma(term, x1);
      x2 = factor.fma(term, x2);
      x3 = factor.fma(term, x3);
      x4 = factor.fma(term, x4);
      x5 = factor.fma(term, x5);
      x6 = factor.fma(term, x6);
      x7 = factor.fma(term, x7);
      x8 = factor.fma(term, x8);
      x9 = factor.fma(term, x9);
      x10 = factor.fma(term, x10);
      x11 = factor.fma(term, x11);
      x0 = factor.fma(term, x0);
      x1 = factor.fma(term, x1);
      x2 = factor.fma(term, x2);
      x3 = factor.fma(term, x3);
      x4 = factor.fma(term, x4);
      x5 = factor.fma(term, x5);
      x6 = factor.fma(term, x6);
      x7 = factor.fma(term, x7);
      x8 = factor.fma(term, x8);
      x9 = factor.fma(term, x9);
      x10 = factor.fma(term, x10);
      x11 = factor.fma(term, x11);
    }
    var sum = x0.add(x1).add(x2.add(x3)).add(x4.add(x5)).add(x6.add(x7));
    sum = sum.add(x8.add(x9)).add(x10.add(x11));
    results[worker * FloatStorage.LINE] = sum.lane(0) * 1e-6f;
  }

  private void triad(int from, int to, int worker) {
    var s = lanes.floats();
    var factor = FloatVector.broadcast(s, 0.5f);
    for (int i = from + FloatStorage.ALIGNED; i < to + FloatStorage.ALIGNED; i += s.length()) {
      FloatVector.fromArray(s, c, i).fma(factor, FloatVector.fromArray(s, b, i)).intoArray(a, i);
    }
  }
}
