package facet.train.data.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import facet.train.data.align.Landmarks.Part;
import facet.train.data.align.SimilarityTransform.Point;
import facet.train.data.image.ImageEncoder;
import facet.train.data.image.RgbImage;
import facet.train.error.FacetException;
import facet.train.eval.Expected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlignmentTest {
  @TempDir private Path temp;

  /// `three` are left eye, nose and left corner of the mouth.
  @ParameterizedTest
  @ValueSource(strings = {"five", "three", "mirrored"})
  void equalsUmeyamaBySingularValues(String name) {
    var coordinates = Expected.numbers("align." + name + ".points");
    var parts =
        name.equals("three")
            ? List.of(Part.LEFT_EYE, Part.NOSE, Part.LEFT_MOUTH)
            : List.of(Part.values());
    var points = new EnumMap<Part, Point>(Part.class);
    for (var i = 0; i < parts.size(); i++) {
      points.put(parts.get(i), new Point(coordinates[2 * i], coordinates[2 * i + 1]));
    }
    var t = new Landmarks(points).toTemplate(112);
    assertThat(new double[] {t.a(), t.b(), t.tx(), t.ty()})
        .containsExactly(Expected.numbers("align." + name), within(1e-10));
  }

  @Test
  void theInverseLeadsBack() {
    var t = new SimilarityTransform(0.7, -1.2, 5, 9);
    var p = t.inverse().apply(t.apply(new Point(3, -4)));
    assertThat(p.x()).isCloseTo(3, within(1e-12));
    assertThat(p.y()).isCloseTo(-4, within(1e-12));
    assertThat(new SimilarityTransform(0, 2, 0, 0).degrees()).isCloseTo(90, within(1e-12));
  }

  /// A picture whose red is x, green y.
  private static RgbImage ramp(int size) {
    var rgb = new byte[3 * size * size];
    for (var i = 0; i < size * size; i++) {
      rgb[3 * i] = (byte) (i % size);
      rgb[3 * i + 1] = (byte) (i / size);
    }
    return new RgbImage(size, size, rgb);
  }

  @Test
  void warpsBilinearlyWithBlackOutside() {
    var source = ramp(100);
    var same = Warp.AVERAGE.apply(source, new SimilarityTransform(1, 0, 0, 0), 100);
    assertThat(same.rgb()).isEqualTo(source.rgb());
    // a quarter turn and a shift by half a pixel: result (3, 5) shows source (25, 57.5)
    var turned = Warp.AVERAGE.apply(source, new SimilarityTransform(0, -1, 20, 60.5).inverse(), 40);
    assertThat(turned.rgb()[3 * (5 * 40 + 3)]).isEqualTo((byte) 25);
    assertThat(turned.rgb()[3 * (5 * 40 + 3) + 1]).isBetween((byte) 57, (byte) 58);
    var beside = Warp.AVERAGE.apply(source, new SimilarityTransform(1, 0, 10, 0), 100);
    assertThat(beside.rgb()[3 * (50 * 100 + 9) + 1]).isZero();
    assertThat(beside.rgb()[3 * (50 * 100 + 10) + 1]).isEqualTo((byte) 50);
  }

  @Test
  void shrinkingAveragesWhatAPixelCovers() {
    var size = 80;
    var rgb = new byte[3 * size * size];
    for (var i = 0; i < size * size; i++) {
      rgb[3 * i] = (byte) ((i % size + i / size) % 2 == 0 ? 200 : 0); // a checkerboard
    }
    var small =
        Warp.AVERAGE.apply(
            new RgbImage(size, size, rgb), new SimilarityTransform(0.25, 0, -0.375, -0.375), 20);
    for (var y = 1; y < 19; y++) {
      for (var x = 1; x < 19; x++) {
        assertThat(small.rgb()[3 * (y * 20 + x)] & 255).isBetween(95, 105);
      }
    }
  }

  @Test
  void pointsThatCannotBeTheImagesOwnAreDoubted() throws IOException {
    assertThat(align("anna/1.png,1140,150,1215,170,1165,210,1125,235,1190,250\n").suspicious())
        .singleElement()
        .asString()
        .isEqualTo(
            "anna/1.png: 5 of its points lie outside of its 300 x 300 pixels; are they of another"
                + " image or size?");
    assertThat(align("anna/1.png,0.46,0.5,0.71,0.56,0.55,0.7,0.41,0.78,0.63,0.83\n").suspicious())
        .singleElement()
        .asString()
        .contains("are its points given in pixels?");
  }

  /// A face with a dot on each of the five parts, somewhere in a larger image.
  private static final String POINTS = "140,150,215,170,165,210,125,235,190,250";

  private Path face() throws IOException {
    var size = 300;
    var rgb = new byte[3 * size * size];
    var c = POINTS.split(",");
    for (var part = 0; part < 5; part++) {
      for (var y = -2; y <= 2; y++) {
        for (var x = -2; x <= 2; x++) {
          var at =
              (Integer.parseInt(c[2 * part + 1]) + y) * size + Integer.parseInt(c[2 * part]) + x;
          rgb[3 * at] = (byte) 255;
        }
      }
    }
    Files.createDirectories(temp.resolve("in/anna"));
    return Files.write(
        temp.resolve("in/anna/1.png"), ImageEncoder.png(new RgbImage(size, size, rgb)));
  }

  private Aligner.Summary align(String csv) throws IOException {
    face();
    var file = temp.resolve("landmarks.csv");
    Files.writeString(file, csv);
    return new Aligner(temp.resolve("in"), temp.resolve("out"), 112, Warp.AVERAGE)
        .align(LandmarkFile.read(file), done -> {});
  }

  @Test
  void putsTheDotsOnTheTemplate() throws IOException {
    var report = align("anna/1.png," + POINTS + "\nanna/2.png," + POINTS + "\n");
    assertThat(report.aligned()).isEqualTo(1);
    assertThat(report.failed()).singleElement().asString().contains("2.png", "there is no image");
    assertThat(report.suspicious()).isEmpty();
    var face = facet.train.data.image.ImageDecoder.decode(temp.resolve("out/anna/1.png"));
    var landmarks = LandmarkFile.read(temp.resolve("landmarks.csv")).getFirst().landmarks();
    for (var dot : landmarks.points().values()) {
      var at = landmarks.toTemplate(112).apply(dot);
      var pixel = (int) Math.round(at.y()) * 112 + (int) Math.round(at.x());
      assertThat(face.rgb()[3 * pixel] & 255).isGreaterThan(150);
      assertThat(face.rgb()[3 * (pixel + 8)]).isZero();
    }
    assertThat(face.width()).isEqualTo(112);
  }

  @Test
  void exchangedSidesLookSuspicious() throws IOException {
    var c = POINTS.split(",");
    var swapped = List.of(c[2], c[3], c[0], c[1], c[4], c[5], c[8], c[9], c[6], c[7]);
    assertThat(align("anna/1.png," + String.join(",", swapped)).suspicious())
        .singleElement()
        .asString()
        .contains("anna/1.png", "pixels off the template");
  }

  @Test
  void readsHeadersMissingPartsAndScores() throws IOException {
    var file = temp.resolve("l.csv");
    Files.writeString(
        file,
        """
        path,nose_x,nose_y,left_eye_x,left_eye_y,left_mouth_x,left_mouth_y,right_eye_x,right_eye_y
        a b/1.jpg,1,2,3,4,5,6,,
        2.jpg,1,2,3,4,5,6,7,8.5
        """);
    var entries = LandmarkFile.read(file);
    assertThat(entries.getFirst().path()).isEqualTo("a b/1.jpg");
    assertThat(entries.getFirst().landmarks().points())
        .containsOnlyKeys(Part.NOSE, Part.LEFT_EYE, Part.LEFT_MOUTH)
        .containsEntry(Part.NOSE, new Point(1, 2));
    assertThat(entries.get(1).landmarks().points())
        .containsEntry(Part.RIGHT_EYE, new Point(7, 8.5));
    Files.writeString(file, "1.jpg 1 2 3 4 5 6 7 8 9 10 0.75\n");
    var plain = LandmarkFile.read(file);
    assertThat(plain.getFirst().score()).isEqualTo(0.75f);
    Files.writeString(
        file,
        """
        path,x1,y1,x2,y2,x3,y3,x4,y4,x5,y5,score
        1.jpg,1,2,3,4,5,6,7,8,9,10,0.75
        """);
    assertThat(LandmarkFile.read(file).getFirst().landmarks())
        .isEqualTo(plain.getFirst().landmarks());
  }

  @Test
  void saysWhatIsWrongInWhichLine() throws IOException {
    var problems = new ArrayList<String>();
    for (var csv :
        List.of(
            "1.jpg,1,2,3,4,5,6",
            "1.jpg," + POINTS + "\n2.jpg,1,2",
            "1.jpg," + POINTS.replace("165", "x"),
            "path,nose_x,nose_z\n",
            "path,nose_x,nose_y,left_eye_x,left_eye_y\n1.jpg,1,2,3,4",
            "1.jpg,1,1,1,1,1,1,1,1,1,1",
            "../1.jpg," + POINTS,
            "# nothing")) {
      assertThatThrownBy(() -> align(csv))
          .isInstanceOf(FacetException.class)
          .satisfies(e -> problems.add(e.getMessage()));
    }
    assertThat(problems.get(0)).contains("landmarks.csv:1", "7 fields", "left_eye_x");
    assertThat(problems.get(1)).contains("landmarks.csv:2", "3 fields");
    assertThat(problems.get(2)).contains("'x' is not a coordinate");
    assertThat(problems.get(3)).contains("nose_z");
    assertThat(problems.get(4)).contains("2 points", "at least 3");
    assertThat(problems.get(5)).contains("all its points are the same");
    assertThat(problems.get(6)).contains("leads out of the folder");
    assertThat(problems.get(7)).contains("no landmarks");
  }
}
