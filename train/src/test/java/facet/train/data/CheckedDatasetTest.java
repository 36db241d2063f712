package facet.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.error.FacetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A set that does not fit into memory, with images that cannot be decoded.
class CheckedDatasetTest {
  private final FaceDataset faces = TestImages.faces(3, 2, 1); // byte i in image i
  private final Set<Integer> bad = new HashSet<>();
  private final List<String> log = new ArrayList<>();

  private FaceDataset source() {
    return new GeneratedFaces(
        java.util.stream.IntStream.range(0, faces.size()).mapToObj(faces::item).toList(),
        (index, size, rgb) -> {
          if (bad.contains(index)) {
            throw FacetException.data("face " + index, "truncated image", "replace or remove it");
          }
          rgb[0] = (byte) index;
        });
  }

  private FaceDataset open(int maxCorrupt) {
    return open(maxCorrupt, true);
  }

  private FaceDataset open(int maxCorrupt, boolean replaces) {
    var scan = ImageScan.of(source(), 1, false, 1, (done, total) -> {});
    log.add(scan.report().describe());
    return scan.checked(maxCorrupt, replaces, log::add);
  }

  private static int first(FaceDataset data, int index) {
    var rgb = new byte[3];
    data.load(index, 1, rgb);
    return rgb[0];
  }

  @Test
  void leavesOutWhatItCannotDecodeAndReplacesWhatGoesBad() {
    bad.addAll(List.of(0, 1, 2, 4)); // all of the first person, one of the second
    var data = open(Integer.MAX_VALUE);
    assertThat(data.size()).isEqualTo(5);
    assertThat(data.identities()).isEqualTo(2);
    assertThat(data.item(0).name()).isEqualTo("p1");
    assertThat(log).anyMatch(line -> line.contains("9 images, 4 cannot be used"));
    log.clear();
    assertThat(first(data, 2)).isEqualTo(6);
    bad.add(6); // later: the other easy image of its person takes its place
    assertThat(first(data, 2)).isEqualTo(7);
    assertThat(first(data, 2)).isEqualTo(7);
    assertThat(log).singleElement().asString().contains("face 6", "face 7 takes its place");
    bad.add(3);
    assertThatThrownBy(() -> first(data, 0)).hasMessageContaining("face 3: truncated image");
  }

  /// The embedding of another image under its name would be wrong, and so would figures.
  @Test
  void replacesNothingOutsideOfTraining() {
    var data = open(Integer.MAX_VALUE, false);
    bad.add(6);
    assertThatThrownBy(() -> first(data, 6))
        .isInstanceOf(LostImageException.class)
        .hasMessageContaining("face 6: truncated image")
        .hasMessageContaining("when the data was scanned");
    assertThat(first(data, 7)).isEqualTo(7);
  }

  @Test
  void moreThanAllowedAreAnError() {
    bad.addAll(List.of(1, 4));
    assertThatThrownBy(() -> open(1))
        .hasMessageContaining("2 images (of 9) cannot be used")
        .hasMessageContaining("face 1: truncated image");
  }
}
