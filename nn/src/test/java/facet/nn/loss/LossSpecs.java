package facet.nn.loss;

import static facet.tensor.check.OpSpec.Input.of;
import static facet.tensor.check.OpSpec.Input.uniform;
import static facet.tensor.check.OpSpec.Input.values;

import facet.tensor.Shape;
import facet.tensor.check.Data;
import facet.tensor.check.OpError;
import facet.tensor.check.OpSpec;
import facet.tensor.check.OpSpec.Input;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.HistogramGrid;
import facet.tensor.kernel.HistogramKernels;
import facet.tensor.kernel.Margin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The specs of all ops in `facet.nn.loss`, for the gradient check and for every backend's
/// contract.
public final class LossSpecs {
  private static final double NONE = HistogramKernels.NO_SAMPLE;
  private static final HistogramGrid GRID = new HistogramGrid(-1, 2.0 / 32, 33, 50);

  private LossSpecs() {}

  public static List<OpSpec> all() {
    return Stream.of(MarginSpecs.all(), histograms(), distillation(), histogramLoss())
        .flatMap(List::stream)
        .toList();
  }

  private static List<OpSpec> histograms() {
    var specs = new ArrayList<OpSpec>();
    for (var filter : new boolean[] {false, true}) {
      var label = filter ? "positive only, " : "";
      for (var n : new int[] {0, 1, 31}) {
        specs.add(histogram(filter, label + n, similarities(n)));
        specs.add(mean(filter, label + n, similarities(n)));
      }
      var negative = values(Shape.of(3), -0.2, -0.7, -0.01);
      specs.add(histogram(filter, label + "all negative", negative));
      specs.add(mean(filter, label + "all negative", negative));
      var missing = values(Shape.of(4), 0.3, NONE, -0.4, NONE);
      specs.add(histogram(filter, label + "some missing", missing));
      specs.add(mean(filter, label + "some missing", missing));
      var nothing = values(Shape.of(2), NONE, NONE);
      specs.add(histogram(filter, label + "all missing", nothing));
      specs.add(mean(filter, label + "all missing", nothing));
    }
    specs.add(histogram(false, "at the ends", values(Shape.of(2), -1, 1)));
    specs.add(
        OpSpec.of(
            Divergence.class, "histograms", s -> new Divergence(1e-3), filled(33), filled(33)));
    specs.add(
        OpSpec.of(
            Divergence.class,
            "empty",
            s -> new Divergence(1e-3),
            filled(3),
            values(Shape.of(3), 0, 0, 0).constant()));
    specs.add(
        OpSpec.of(
                Divergence.class,
                "with empty bins",
                s -> new Divergence(1e-9),
                of(Data::histogram, 100),
                of(Data::histogram, 100))
            .notSmooth());
    return specs;
  }

  private static OpSpec histogram(boolean positiveOnly, String label, Input s) {
    return OpSpec.of(SoftHistogram.class, label, scope -> new SoftHistogram(GRID, positiveOnly), s);
  }

  private static OpSpec mean(boolean positiveOnly, String label, Input s) {
    return OpSpec.of(SelectedMean.class, label, scope -> new SelectedMean(positiveOnly), s);
  }

  private static Input filled(int nodes) {
    return uniform(0.1, 0.9, nodes);
  }

  /// Of either sign, away from 0, where the filter has a step.
  private static Input similarities(int n) {
    return of(
        (count, seed) -> {
          var s = Data.uniform(count, 0.05, 0.9, seed);
          return Data.fill(count, i -> i % 4 == 3 ? -s[i] : s[i]);
        },
        n);
  }

  private static List<OpSpec> distillation() {
    var full = DdlSettings.DEFAULT;
    var official = DdlSettings.OFFICIAL;
    var empty = similarities(0);
    var missing = values(Shape.of(2), NONE, NONE);
    var negative = values(Shape.of(2), -0.3, -0.6);
    var same = values(Shape.of(2), 0.4, 0.5);
    return List.of(
        ddl("one student", full, 5, 7, 5, 8),
        ddl("two students", full, 5, 3, 7, 5, 1, 4),
        ddl("official nodes", official, 5, 7, 5, 8),
        ddl("one similarity each", full, 1, 1, 1, 1),
        ddl("no student pairs", full, similarities(4), empty, similarities(3), similarities(3)),
        ddl("no teacher pairs", full, empty, similarities(4), similarities(3), similarities(3)),
        ddl("one identity", full, similarities(4), similarities(4), missing, missing),
        ddl(
            "one identity in the student",
            full,
            similarities(4),
            similarities(4),
            similarities(3),
            missing),
        ddl("no positive above 0", full, negative, negative, similarities(3), similarities(3)),
        ddl("nothing at all", full, empty, empty, empty, empty),
        ddl("same distributions", full, same, same, negative, negative),
        // its gradient is not the derivative for the teacher, so that is constant
        ddl(
            "detached teacher",
            new DdlSettings(GRID, 0.1, 0.02, 0.5, 1e-9, true),
            similarities(5).constant(),
            similarities(4),
            similarities(7).constant(),
            similarities(6)),
        // with a gain of 1 the gradient is the derivative
        past("queue", 1, false, similarities(5), similarities(4), similarities(7), similarities(6)),
        past("empty queue", 0, false, similarities(5), similarities(4), similarities(7), missing),
        past("frozen", 1, true, similarities(5), similarities(4), similarities(7), similarities(6)),
        past("gain", 3, false, similarities(5), similarities(4), similarities(7), similarities(6))
            .notSmooth());
  }

  /// With past similarities of every input, of which some are missing.
  private static OpSpec past(String label, double gain, boolean frozen, Input... inputs) {
    var values = new double[] {0.6, NONE, -0.2, 0.31, 0.44, NONE, 0.2};
    return OpSpec.of(
        DistributionDistillation.class,
        label,
        scope -> {
          var past = new ArrayList<DistributionDistillation.Past>();
          for (var i = 0; i < inputs.length; i++) {
            var similarities =
                gain == 0
                    ? scope.allocate(Shape.of(0))
                    : scope.of(
                        Shape.of(values.length - i), Arrays.copyOf(values, values.length - i));
            past.add(
                frozen && i % (inputs.length / 2) == 0
                    ? DistributionDistillation.Past.instead(similarities)
                    : new DistributionDistillation.Past(similarities, Math.max(1, gain)));
          }
          return new DistributionDistillation(DdlSettings.DEFAULT, past);
        },
        inputs);
  }

  private static OpSpec ddl(String label, DdlSettings settings, int... sizes) {
    var inputs = new Input[sizes.length];
    for (var i = 0; i < sizes.length; i++) {
      inputs[i] = similarities(sizes[i]);
    }
    return ddl(label, settings, inputs);
  }

  private static OpSpec ddl(String label, DdlSettings settings, Input... inputs) {
    return OpSpec.of(
        DistributionDistillation.class,
        label,
        scope -> new DistributionDistillation(settings),
        inputs);
  }

  private static List<OpSpec> histogramLoss() {
    return List.of(
        histogramLoss("pairs of both kinds", between(7), 0, 0, 1, 2, 2, 2, 3),
        histogramLoss("no positive pair", between(4), 0, 1, 2, 3),
        histogramLoss("no negative pair", between(4), 5, 5, 5, 5),
        histogramLoss("one image", between(1), 0),
        OpSpec.of(
            HistogramLoss.class,
            "pairs of a layout",
            scope ->
                new HistogramLoss(
                    17,
                    scope.ints(0, 1, 2, 3, 2, 2, 4, 5, 4, 5, 6, 7, 6, 7, 6, 7, 6, 7),
                    new DdlBatch(3, 2)),
            between(18)),
        histogramLoss("extremes", values(Shape.of(3, 3), 1, 1, -1, 1, 1, 1, -1, 1, 1), 0, 0, 1)
            .notSmooth());
  }

  private static OpSpec histogramLoss(String label, Input cosines, int... labels) {
    return OpSpec.of(
        HistogramLoss.class, label, s -> new HistogramLoss(17, s.ints(labels)), cosines);
  }

  /// Cosines away from the nodes, which are 1/8 apart.
  private static Input between(int n) {
    return of(
        (count, seed) -> {
          var cell = Data.labels(count, 16, seed);
          var within = Data.uniform(count, 0.1, 0.9, seed);
          return Data.fill(count, i -> -1 + (cell[i] + within[i]) / 8);
        },
        n,
        n);
  }

  public static List<OpError> errors() {
    return List.of(
        OpError.of(
            s -> new MarginSoftmax(new Margin(Margin.Kind.ARCFACE, 0.5, 64), s.ints(0, 1)),
            "marginSoftmax: there are 2 labels for cosines [3, 4]",
            Shape.of(3, 4)),
        OpError.of(
            s ->
                new MarginCosines(
                    new AdaptiveMargin(AdaptiveMargin.Kind.MAGFACE, 0), s.ints(0, 1, 2)),
            "marginCosines: parameters must be [3] for cosines [3, 4], are [4]",
            Shape.of(3, 4),
            Shape.of(4)),
        OpError.of(s -> MarginSpecs.RAMP, "ramp: x must be [n], is [3, 4]", Shape.of(3, 4)),
        OpError.of(
            s -> new MagnitudePenalty(10, 110),
            "magnitudePenalty: lengths must be [n], are [3, 4]",
            Shape.of(3, 4)),
        OpError.of(
            s -> new HistogramLoss(9, s.ints(0, 1)),
            "histogramLoss: cosines must be [n, n], are [3, 4]",
            Shape.of(3, 4)),
        OpError.of(
            s -> new SoftHistogram(GRID, false),
            "softHistogram: similarities must be [n], are [3, 4]",
            Shape.of(3, 4)),
        OpError.of(
            s -> new SelectedMean(false),
            "selectedMean: similarities must be [n], are [3, 4]",
            Shape.of(3, 4)),
        OpError.of(
            s -> new Divergence(1e-9),
            "divergence: histograms must be [nodes] both: p [3], q [4]",
            Shape.of(3),
            Shape.of(4)),
        OpError.of(
            s -> new DistributionDistillation(DdlSettings.DEFAULT),
            "distributionDistillation: positives and negatives of a teacher and at least one"
                + " student are needed, not 2 inputs",
            Shape.of(3),
            Shape.of(3)),
        OpError.of(
            s ->
                new DistributionDistillation(
                    DdlSettings.DEFAULT,
                    List.of(
                        DistributionDistillation.Past.instead(s.zeros(Shape.of(2))),
                        DistributionDistillation.Past.instead(s.zeros(Shape.of(2))))),
            "distributionDistillation: there are past similarities for 2 of 4 inputs",
            Shape.of(3),
            Shape.of(3),
            Shape.of(3),
            Shape.of(3)));
  }
}
