package facet.train.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.Domain;
import facet.train.data.FaceDataset.Item;
import facet.train.data.GeneratedFaces;
import facet.train.data.TestImages;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Two people with two easy images and three of each of two kinds of hard ones; a third is not
/// trained on.
class PairingListTest {
  private static final int IMAGES = 8; // a person

  @TempDir private Path root;

  private GeneratedFaces data;
  private final List<String> log = new ArrayList<>();

  @BeforeEach
  void draw() throws IOException {
    var items = new ArrayList<Item>();
    for (var p = 0; p < 3; p++) {
      for (var i = 0; i < IMAGES; i++) {
        var kind = i < 2 ? "easy" : i < 5 ? "near" : "far";
        var file = root.resolve("p" + p).resolve(kind).resolve(i + ".png");
        Files.createDirectories(file.getParent());
        Files.createFile(file);
        if (p < 2) {
          var domain = i < 2 ? Domain.EASY : Domain.HARD;
          items.add(new Item(p, "p" + p, domain, kind, file.toString()));
        }
      }
    }
    data = new GeneratedFaces(items, (index, size, rgb) -> {});
  }

  private List<Branch> pair(String... lines) throws IOException {
    var file = Files.write(root.resolve("pairs.txt"), List.of(lines));
    var branches = Branch.teacherAndStudents(data, List.of("near", "far"));
    return PairingList.pair(file, root, data, branches, log::add);
  }

  @Test
  void pairsAreThoseOfTheListInTurn() throws IOException {
    var branches =
        pair(
            "# pairs of hard faces",
            "p0/near/2.png p0/near/3.png",
            "p0/near/4.png p0/near/2.png 1",
            "p1/near/2.png\tp1/easy/0.png",
            "p1/far/5.png,p1/far/7.png",
            "p0/easy/1.png p0/far/6.png",
            "p2/near/2.png p2/near/3.png");
    assertThat(log)
        .containsExactly(
            root.resolve("pairs.txt")
                + ": 3 near pairs of 2 people, 2 far pairs of 2 people; 1 of images that are not"
                + " trained on");
    var sampler = new DdlSampler(branches, 2, 3);
    var seen = List.of(new HashSet<List<Integer>>(), new HashSet<List<Integer>>());
    for (var step = 0; step < 8; step++) {
      var batch = new int[sampler.batchSize()];
      sampler.batch(0, step, batch);
      for (var b = 1; b <= 2; b++) {
        var firsts = TestImages.indices(batch, sampler.layout().firsts(b));
        var seconds = TestImages.indices(batch, sampler.layout().seconds(b));
        for (var i = 0; i < 2; i++) {
          seen.get(b - 1).add(List.of(firsts.get(i), seconds.get(i)));
        }
      }
    }
    assertThat(seen.getFirst())
        .isEqualTo(
            Set.of(List.of(2, 3), List.of(4, 2), List.of(IMAGES, IMAGES + 2))); // easy ones first
    assertThat(seen.getLast()).isEqualTo(Set.of(List.of(IMAGES + 5, IMAGES + 7), List.of(1, 6)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "p0/near/2.png                  | 'p0/near/2.png' is not 'path path'",
        "p0/near/2.png p0/near/9.png    | there is no image",
        "../a.png p0/near/2.png         | leads out of the folder",
        "p0/near/2.png p1/near/2.png    | its images are of two people, p0 and p1",
        "p0/near/2.png p1/near/2.png 0  | a pair of two people; take lines that end with 0 out",
        "p0/near/2.png p0/near/2.png    | both images are the same",
        "p0/easy/0.png p0/easy/1.png    | none of its images is of a student",
        "p0/near/2.png p0/far/6.png     | its images, near and far, are not of one student",
      })
  void aWrongLineIsNamed(String line, String problem) {
    assertThatThrownBy(() -> pair("p0/near/2.png p0/near/3.png", line))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("pairs.txt:2")
        .hasMessageContaining(problem);
  }

  @Test
  void aStudentWithoutPairsIsNamed() {
    assertThatThrownBy(() -> pair("p0/near/2.png p0/near/3.png"))
        .hasMessageContaining("no pair of the far domain and of people who are trained on");
  }

  @Test
  void imagesWithoutPathsHaveNoList() throws IOException {
    var file = Files.write(root.resolve("pairs.txt"), List.of("a b"));
    var faces = TestImages.faces(2, 2, 2);
    var branches = List.of(Branch.of(faces, Domain.EASY), Branch.of(faces, Domain.HARD));
    assertThatThrownBy(() -> PairingList.pair(file, root, faces, branches, log::add))
        .hasMessageContaining("names images by their paths, but those of --data have none");
  }
}
