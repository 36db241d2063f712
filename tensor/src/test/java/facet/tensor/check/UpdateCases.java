package facet.tensor.check;

import static facet.tensor.check.KernelCase.in;
import static facet.tensor.check.KernelCase.inOut;
import static facet.tensor.check.KernelCase.out;

import facet.tensor.Storage;
import facet.tensor.check.KernelCase.Arg;
import facet.tensor.kernel.UpdateKernels.AdamStep;
import facet.tensor.kernel.UpdateKernels.Clip;
import facet.tensor.kernel.UpdateKernels.Slot;
import facet.tensor.kernel.UpdateKernels.Step;
import java.util.ArrayList;
import java.util.List;

/// Cases of [facet.tensor.kernel.UpdateKernels].
final class UpdateCases {
  private UpdateCases() {}

  static List<KernelCase> all() {
    var cases = new ArrayList<KernelCase>();
    for (var n : KernelCases.SIZES) {
      add(cases, n + " elements", 1, n);
    }
    add(cases, "no parameters", 1);
    add(cases, "several parameters", 1, 1, 33, 0, 257, 7, 10_007, 64);
    add(cases, "large values", 1e4, 33, 8);
    add(cases, "tiny values", 1e-15, 33, 8);
    return cases;
  }

  private static void add(List<KernelCase> cases, String label, double values, int... lengths) {
    var args = new ArrayList<Arg>();
    var total = 0;
    for (var n : lengths) {
      args.add(inOut(Data.normal(n, values, 3 * total + 1), 4 * values));
      args.add(in(Data.normal(n, values, 3 * total + 2)));
      args.add(inOut(Data.normal(n, values, 3 * total + 3), 4 * values));
      total += n;
    }
    var squares = total * values * values; // about the squared norm of the gradients
    cases.add(
        KernelCase.of(
            "update.squaredNorm",
            label,
            with(args, out(1)),
            (b, s) -> b.kernels().update().squaredNorm(slots(s, lengths), s[s.length - 1])));
    cases.add(
        KernelCase.of(
            "update.sgd",
            label,
            with(args, in(squares)),
            (b, s) -> b.kernels().update().sgd(slots(s, lengths), new Step(0.1, 0.9, null))));
    addAdam(cases, label, values, lengths);
    for (var maxNorm : new double[] {0.5, 2}) {
      cases.add(
          KernelCase.of(
              "update.sgd",
              label + ", norm at most " + maxNorm + " times its own",
              with(args, in(squares)),
              (b, s) ->
                  b.kernels()
                      .update()
                      .sgd(
                          slots(s, lengths),
                          new Step(
                              0.1, 0.9, new Clip(s[s.length - 1], maxNorm * Math.sqrt(squares))))));
    }
  }

  private static void addAdam(List<KernelCase> cases, String label, double values, int... lengths) {
    var args = new ArrayList<Arg>();
    var total = 0;
    for (var n : lengths) {
      args.add(inOut(Data.normal(n, 1, 4 * total + 1), 4));
      args.add(in(Data.normal(n, values, 4 * total + 2)));
      args.add(inOut(Data.normal(n, values, 4 * total + 3), values));
      args.add(inOut(Data.uniform(n, 0, values * values, 4 * total + 4), values * values));
      total += n;
    }
    var squares = total * values * values;
    for (var number : new long[] {1, 1000}) {
      var clipped = number > 1;
      cases.add(
          KernelCase.of(
              "update.adamW",
              label + ", update " + number + (clipped ? ", clipped" : ""),
              with(args, in(squares)),
              (b, s) ->
                  b.kernels()
                      .update()
                      .adamW(
                          adamSlots(s, lengths),
                          new AdamStep(
                              0.01,
                              0.9,
                              0.999,
                              1e-8 * values,
                              number,
                              clipped
                                  ? new Clip(s[s.length - 1], 0.5 * Math.sqrt(squares))
                                  : null))));
    }
  }

  private static List<Slot> adamSlots(Storage[] s, int... lengths) {
    var slots = new ArrayList<Slot>();
    for (var i = 0; i < lengths.length; i++) {
      var decay = i % 2 == 0 ? 0.05 : 0;
      slots.add(new Slot(s[4 * i], s[4 * i + 1], s[4 * i + 2], s[4 * i + 3], lengths[i], decay));
    }
    return slots;
  }

  private static List<Arg> with(List<Arg> args, Arg last) {
    var all = new ArrayList<>(args);
    all.add(last);
    return List.copyOf(all);
  }

  private static List<Slot> slots(Storage[] s, int... lengths) {
    var slots = new ArrayList<Slot>();
    for (var i = 0; i < lengths.length; i++) {
      var decay = i % 2 == 0 ? 5e-4 : 0;
      slots.add(new Slot(s[3 * i], s[3 * i + 1], s[3 * i + 2], lengths[i], decay));
    }
    return slots;
  }
}
