package facet.nn.loss;

import static facet.tensor.check.OpSpec.Input.of;
import static facet.tensor.check.OpSpec.Input.uniform;
import static facet.tensor.check.OpSpec.Input.values;

import facet.nn.ranks.Alone;
import facet.nn.ranks.Shards;
import facet.tensor.Shape;
import facet.tensor.check.Data;
import facet.tensor.check.OpSpec;
import facet.tensor.check.OpSpec.Input;
import facet.tensor.kernel.AdaptiveMargin;
import facet.tensor.kernel.Margin;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The specs of cross-entropy and of the margin softmaxes, whole and in shards.
final class MarginSpecs {
  static final Ramp RAMP = new Ramp(10, 110, 0.45, 0.8);

  private MarginSpecs() {}

  static List<OpSpec> all() {
    return Stream.of(crossEntropy(), margins(), adaptiveMargins(), sharded())
        .flatMap(List::stream)
        .toList();
  }

  /// A single image has small numbers: where a softmax is all but 1, its gradient is but rounding.
  private static List<OpSpec> crossEntropy() {
    return Stream.of(new int[] {1, 2}, new int[] {7, 8}, new int[] {3, 33}, new int[] {0, 5})
        .map(
            size ->
                OpSpec.of(
                    CrossEntropy.class,
                    size[0] + "x" + size[1],
                    s -> new CrossEntropy(s.ints(Data.labels(size[0], size[1], 1))),
                    Input.scaled(size[0] == 1 ? 1 : 8, size)))
        .toList();
  }

  private static List<OpSpec> margins() {
    var specs = new ArrayList<OpSpec>();
    for (var kind : Margin.Kind.values()) {
      // psi' of the straight-through kind is not the derivative of psi
      var smooth = kind != Margin.Kind.ARCFACE_STRAIGHT_THROUGH;
      for (var size : new int[][] {{1, 2}, {7, 8}, {3, 33}, {2, 257}}) {
        var spec = margin(kind, 16, size[0] + "x" + size[1], cosines(size[0], size[1]));
        specs.add(smooth ? spec : spec.notSmooth());
      }
      specs.add(
          margin(kind, 64, "extremes", values(Shape.of(3, 3), 1, -1, 0, 1, -1, 1, -1, -1, -1))
              .notSmooth()
              .magnitude(64 * 0.5 / Math.sqrt(1e-9))); // psi' at |c| = 1
      specs.add(margin(kind, 64, "no rows", uniform(-1, 1, 0, 5)));
    }
    return specs;
  }

  private static OpSpec margin(Margin.Kind kind, double scale, String label, Input cosines) {
    var rows = cosines.shape().dim(0);
    var classes = cosines.shape().dim(1);
    return OpSpec.of(
        MarginSoftmax.class,
        kind + " " + label,
        s ->
            new MarginSoftmax(
                new Margin(kind, 0.5, scale), s.ints(Data.labels(rows, classes, rows))),
        cosines);
  }

  private static List<OpSpec> adaptiveMargins() {
    var specs = new ArrayList<OpSpec>();
    for (var kind : AdaptiveMargin.Kind.values()) {
      for (var size : new int[][] {{1, 2}, {7, 8}, {3, 33}, {0, 5}}) {
        var parameters = uniform(0.35, 0.55, size[0]);
        var unused = kind == AdaptiveMargin.Kind.SPHEREFACE;
        specs.add(
            marginCosines(
                kind,
                size[0] + "x" + size[1],
                size[1],
                cosines(size[0], size[1]),
                unused ? parameters.constant() : parameters));
      }
      var extremes = values(Shape.of(3, 3), 1, -1, 0, 1, -1, 1, -1, -1, -1);
      specs.add(
          marginCosines(kind, "extremes", 3, extremes, values(Shape.of(3), -0.4, 0, 0.4))
              .notSmooth()
              .magnitude(4 / Math.sqrt(1e-9)));
    }
    specs.add(OpSpec.of(Ramp.class, "inside and outside", s -> RAMP, lengths(33)));
    specs.add(OpSpec.of(Ramp.class, "nothing", s -> RAMP, lengths(0)));
    specs.add(
        OpSpec.of(
            MagnitudePenalty.class,
            "inside and outside",
            s -> new MagnitudePenalty(10, 110),
            lengths(33)));
    specs.add(
        OpSpec.of(
            MagnitudePenalty.class, "nothing", s -> new MagnitudePenalty(10, 110), lengths(0)));
    return specs;
  }

  private static List<OpSpec> sharded() {
    var specs = new ArrayList<OpSpec>();
    for (var kind : Margin.Kind.values()) {
      var spec = sharded(new TargetMargin.Fixed(new Margin(kind, 0.5, 16)), kind.name(), false);
      specs.add(kind == Margin.Kind.ARCFACE_STRAIGHT_THROUGH ? spec.notSmooth() : spec);
    }
    for (var kind : AdaptiveMargin.Kind.values()) {
      var m = kind == AdaptiveMargin.Kind.SPHEREFACE ? 2.2 : 0.5;
      var margin = new TargetMargin.Adaptive(new AdaptiveMargin(kind, m), 16);
      specs.add(sharded(margin, kind.name(), margin.hardens()));
    }
    return specs;
  }

  private static OpSpec sharded(TargetMargin margin, String label, boolean curriculum) {
    return OpSpec.of(
        ShardedSoftmax.class,
        label,
        s -> {
          var classes = new ClassShards(s, new Shards(new Alone(), 1), 33, 6, 1, false);
          classes.initialize(1, 5);
          var labels = s.ints(Data.labels(7, 33, 3));
          return new ShardedSoftmax(classes, margin, labels, curriculum ? t -> 0.2 : null, 0);
        },
        uniform(-0.3, 0.3, 7, 6),
        curriculum ? uniform(0.35, 0.55, 7).constant() : uniform(0.35, 0.55, 7));
  }

  private static OpSpec marginCosines(
      AdaptiveMargin.Kind kind, String label, int classes, Input cosines, Input parameters) {
    var rows = cosines.shape().dim(0);
    var m = kind == AdaptiveMargin.Kind.SPHEREFACE ? 2.2 : 0.5;
    return OpSpec.of(
        MarginCosines.class,
        kind + " " + label,
        s ->
            new MarginCosines(
                new AdaptiveMargin(kind, m), s.ints(Data.labels(rows, classes, rows))),
        cosines,
        parameters);
  }

  /// From 5 to 125, away from 10 and 110.
  private static Input lengths(int n) {
    return of(
        (count, seed) -> {
          var x = Data.uniform(count, 11, 109, seed);
          return Data.fill(count, i -> i % 5 == 0 ? 5 : i % 5 == 1 ? 120 : x[i]);
        },
        n);
  }

  /// Away from the kinks at 0 and at `cos(π − 0.5) = −0.88`, on either side of both.
  private static Input cosines(int rows, int classes) {
    return of(
        (n, seed) -> {
          var c = Data.uniform(n, 0.05, 0.85, seed);
          for (var i = 0; i < n; i++) {
            c[i] = i % 5 == 4 ? -0.95 : i % 2 == 0 ? c[i] : -c[i];
          }
          return Data.fill(n, i -> c[i]);
        },
        rows,
        classes);
  }
}
