package facet.kernels.cpu;

import static facet.kernels.cpu.Setup.assertClose;
import static facet.kernels.cpu.Setup.normal;
import static facet.kernels.cpu.Setup.of;
import static facet.kernels.cpu.Setup.output;

import facet.tensor.kernel.UpdateKernels.Clip;
import facet.tensor.kernel.UpdateKernels.Slot;
import facet.tensor.kernel.UpdateKernels.Step;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorUpdateTest {
  private static final int[] LENGTHS = {0, 1, 7, 4096, 3, 20_001, 33};

  private static List<Slot> slots() {
    var slots = new ArrayList<Slot>();
    for (var n : LENGTHS) {
      slots.add(
          new Slot(of(normal(n, 1)), of(normal(n, 2)), of(normal(n, 3)), n, n % 2 == 0 ? 0 : 0.05));
    }
    return slots;
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void squaredNorm(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var kernels = new VectorUpdate(workers, setup.lanes());
      var expected = 0.0;
      for (var n : LENGTHS) {
        for (var g : normal(n, 2)) {
          expected += (double) g * g;
        }
      }
      var total = expected;
      var y = output(1);
      kernels.squaredNorm(slots(), y);
      assertClose(y, 1e-6, i -> total, "squared norm");
      kernels.squaredNorm(List.of(), y);
      assertClose(y, 0, i -> 0, "nothing");
      var tiny = new Slot(of(1), of(1e-18f), of(0), 1, 0);
      kernels.squaredNorm(List.of(tiny), y);
      assertClose(y, 1e-6, i -> 1e-36, "tiny");
    }
  }

  @ParameterizedTest
  @MethodSource("facet.kernels.cpu.Setup#all")
  void sgd(Setup setup) {
    try (var workers = new Workers(setup.threads())) {
      var kernels = new VectorUpdate(workers, setup.lanes());
      for (var clip : new Clip[] {null, new Clip(of(16), 1), new Clip(of(16), 5)}) {
        var factor = clip == null ? 1 : Math.min(1, clip.maxNorm() / (4 + 1e-6));
        var slots = slots();
        kernels.sgd(slots, new Step(0.1, 0.9, clip));
        for (var slot : slots) {
          int n = slot.length();
          var w = normal(n, 1);
          var g = normal(n, 2);
          var v = normal(n, 3);
          var next = new double[n];
          for (int i = 0; i < n; i++) {
            next[i] = 0.9 * v[i] + factor * g[i] + slot.weightDecay() * w[i];
          }
          assertClose((FloatStorage) slot.momentum(), 1e-6, i -> next[i], "momentum");
          assertClose((FloatStorage) slot.value(), 1e-6, i -> w[i] - 0.1 * next[i], "value");
        }
      }
    }
  }
}
