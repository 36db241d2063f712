package facet.train.eval;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.GeneratedFaces;
import facet.train.data.folder.PairList;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class PairCountTest {
  /// A letter an image, a person's name; hard ones are capitals.
  private static FaceDataset faces(String images) {
    var items = new ArrayList<FaceDataset.Item>();
    var people = new ArrayList<Integer>();
    for (var c : images.chars().toArray()) {
      var person = Character.toLowerCase(c);
      if (!people.contains(person)) {
        people.add(person);
      }
      var domain = Character.isUpperCase(c) ? Domain.HARD : Domain.EASY;
      items.add(new FaceDataset.Item(people.indexOf(person), "" + (char) person, domain, "x"));
    }
    return new GeneratedFaces(items, (index, size, rgb) -> {});
  }

  private static void require(String images) {
    PairCount.require("faces", faces(images));
  }

  @Test
  void somethingToCompareIsEnough() {
    assertThatCode(() -> require("aab")).doesNotThrowAnyException();
    assertThatCode(() -> require("aAbB")).doesNotThrowAnyException();
    assertThatCode(() -> require("AAB")).doesNotThrowAnyException();
  }

  @Test
  void nothingToCompareIsRefused() {
    assertThatThrownBy(() -> require("abcd")).hasMessageContaining("no person has two images");
    assertThatThrownBy(() -> require("aaaa")).hasMessageContaining("no pairs to compare");
    assertThatThrownBy(() -> require("aaB")) // easy-easy: only same, easy-hard: only different
        .hasMessageContaining("no kind of pairs");
  }

  @Test
  void aListNeedsPairsOfBothKinds() {
    for (var same : new boolean[] {true, false}) {
      var images = faces("abcdefgh");
      var list = PairList.of(Path.of("p.bin"), images, new boolean[] {same, same, same, same});
      assertThatThrownBy(() -> PairCount.require("p", list, images))
          .hasMessageContaining(
              same ? "all of its 4 pairs show the same" : "all of its 4 pairs show different");
    }
  }

  @Test
  void aListWhoseImagesWereLeftOutIsRefused() {
    var list =
        PairList.of(Path.of("p.bin"), faces("abcdefgh"), new boolean[] {true, false, true, false});
    assertThatThrownBy(() -> PairCount.require("p", list, faces("abcdefg")))
        .hasMessageContaining("1 of its 8 images cannot be used");
  }
}
