package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.GeneratedFaces;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PeopleTest {
  private static String of(int shade, String... people) {
    var items = new ArrayList<FaceDataset.Item>();
    for (var i = 0; i < 2 * people.length; i++) {
      items.add(new FaceDataset.Item(i / 2, people[i / 2], Domain.EASY, "face"));
    }
    var data =
        new GeneratedFaces(
            items,
            (index, size, rgb) -> Arrays.fill(rgb, 0, 3 * size * size, (byte) (shade + index)));
    return People.fingerprint(data, 4);
  }

  @Test
  void namesAndTheirOrderCount() {
    assertThat(of(0, "ann", "bob")).isEqualTo(of(9, "ann", "bob")); // other photographs of them
    assertThat(of(0, "ann", "bob"))
        .isNotEqualTo(of(0, "bob", "ann"))
        .isNotEqualTo(of(0, "ann", "cyd"))
        .isNotEqualTo(of(0, "annb", "ob"));
  }

  @Test
  void numbersAreNoNames() {
    assertThat(of(0, "0", "1")).isEqualTo(of(0, "0", "1")).isNotEqualTo(of(9, "0", "1"));
  }
}
