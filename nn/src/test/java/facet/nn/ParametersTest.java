package facet.nn;

import static org.assertj.core.api.Assertions.assertThat;

import facet.tensor.Scope;
import facet.tensor.Shape;
import facet.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParametersTest {
  private static List<Float> firstNumbers(long seed) {
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, seed);
      var numbers = new ArrayList<Float>();
      for (var i = 0; i < 100; i++) {
        var weight = parameters.weight("w" + i, Shape.of(1, 2), Initializer.normal(1));
        numbers.add(weight.toFloats()[0]);
      }
      return numbers;
    }
  }

  @Test
  void repeatsThemForASeed() {
    assertThat(firstNumbers(5)).isEqualTo(firstNumbers(5));
  }

  @Test
  void noParameterBeginsLikeAnother() {
    var numbers = new ArrayList<Float>();
    for (var seed = -1; seed < 9; seed++) {
      numbers.addAll(firstNumbers(seed));
    }
    assertThat(numbers).doesNotHaveDuplicates();
  }
}
