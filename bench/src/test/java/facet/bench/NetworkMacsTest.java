package facet.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import facet.nn.IResNetSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkMacsTest {
  /// Multiply-accumulates of insightface's networks, and of TFace's.
  @ParameterizedTest
  @CsvSource({
    "iresnet18, 2.61",
    "iresnet34, 4.46",
    "iresnet50, 6.31",
    "iresnet100, 12.09",
    "iresnet200, 23.42",
    "ir18, 2.60",
    "ir34, 4.45",
    "ir50, 6.30",
    "ir101, 12.08"
  })
  void theyAreThePublishedOnes(String name, double gigamacs) {
    var spec = IResNetSpec.named(name);
    assertThat(spec).isNotNull();
    assertThat(NetworkMacs.of(spec) / 1e9).isCloseTo(gigamacs, within(0.005));
  }

  @Test
  void aSmallNetworkByHand() {
    var spec = new IResNetSpec("small", List.of(1), 2, 9, 6, 0);
    var stem = 3 * 3 * 3 * 2 * 9 * 9;
    var block = 3 * 3 * 2 * 2 * 9 * 9 + 3 * 3 * 2 * 2 * 5 * 5 + 2 * 2 * 5 * 5; // and its shortcut
    var linear = 5 * 5 * 2 * 6;
    assertThat(NetworkMacs.of(spec)).isEqualTo(stem + block + linear);
  }
}
