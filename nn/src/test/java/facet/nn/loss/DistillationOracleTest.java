package facet.nn.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.tensor.Tensor;
import facet.tensor.check.Data;
import facet.tensor.op.Add;
import facet.tensor.op.Scale;
import facet.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The fused loss equals the tape's way through [SoftHistogram], [Divergence] and [SelectedMean],
/// in value and gradients. Sizes are those of the positives of all branches, then of the negatives.
class DistillationOracleTest {
  @ParameterizedTest
  @CsvSource({
    "false, 9 8 7 6",
    "true, 9 8 7 6",
    "false, 5 3 4 5 3 4",
    "true, 5 3 4 5 3 4",
    "false, 4 4 2 2 3 3 1 1",
    "false, 0 4 3 3",
    "false, 4 0 3 3",
    "false, 4 4 0 3",
    "false, 4 4 0 0",
    "true, 3 0 2 4 0 3",
  })
  void fusedEqualsComposed(boolean detach, String sizes) {
    var d = DdlSettings.DEFAULT;
    var settings =
        new DdlSettings(
            d.grid(), d.positiveWeight(), d.negativeWeight(), d.orderWeight(), d.e(), detach);
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var leaves = leaves(scope, sizes);
      try (var tape = Tape.on(backend)) {
        var fused = tape.apply(new DistributionDistillation(settings), leaves);
        var composed = composed(tape, settings, leaves);
        assertThat(fused.item()).isCloseTo(composed.item(), within(1e-13));
        var actual = tape.backward(fused);
        var expected = tape.backward(composed);
        for (var leaf : leaves) {
          var gradient = expected.of(leaf);
          assertThat(actual.of(leaf)).isNotNull();
          assertThat(actual.of(leaf).toDoubles())
              .containsExactly(
                  gradient == null ? new double[leaf.size()] : gradient.toDoubles(), within(1e-13));
        }
      }
    }
  }

  private static Tensor[] leaves(Scope scope, String sizes) {
    var result = new ArrayList<Tensor>();
    for (var size : sizes.split(" ")) {
      var leaf = scope.variable(Shape.of(Integer.parseInt(size)));
      leaf.set(Data.uniform(leaf.size(), -0.3, 0.9, result.size()));
      result.add(leaf);
    }
    return result.toArray(Tensor[]::new);
  }

  private static Tensor composed(Tape tape, DdlSettings settings, Tensor... s) {
    var branches = s.length / 2;
    var terms = new ArrayList<Tensor>();
    for (var i = 0; i < s.length; i++) {
      var positive = i < branches;
      var teacher = positive ? 0 : branches;
      if (i != teacher) {
        var p = histogram(tape, settings, s[teacher], positive);
        var q = histogram(tape, settings, s[i], positive);
        p = settings.detachTeacher() ? p.view(p.shape()) : p; // a view is a constant
        var weight = positive ? settings.positiveWeight() : settings.negativeWeight();
        terms.add(scaled(tape, weight, tape.apply(new Divergence(settings.e()), p, q)));
      }
    }
    for (var i : present(branches, 2 * branches, s)) {
      for (var j : present(0, branches, s)) {
        var weight = settings.orderWeight();
        terms.add(scaled(tape, weight, tape.apply(new SelectedMean(false), s[i])));
        terms.add(scaled(tape, -weight, tape.apply(new SelectedMean(true), s[j])));
      }
    }
    return terms.stream().reduce((a, b) -> tape.apply(new Add(), a, b)).orElseThrow();
  }

  private static List<Integer> present(int from, int to, Tensor... s) {
    return IntStream.range(from, to).filter(i -> s[i].size() > 0).boxed().toList();
  }

  private static Tensor histogram(Tape tape, DdlSettings settings, Tensor s, boolean positive) {
    return tape.apply(new SoftHistogram(settings.grid(), positive), s);
  }

  private static Tensor scaled(Tape tape, double weight, Tensor x) {
    return tape.apply(new Scale(weight), x);
  }
}
