package facet.train.data.folder;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.Ordinals;
import facet.train.data.SharedData;
import facet.train.data.TestImages;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairListTest {
  @TempDir Path root;

  @BeforeEach
  void images() throws IOException {
    for (String person : new String[] {"a", "b"}) {
      for (int i = 1; i <= 3; i++) {
        String name = person + "/" + person + "_000" + i + ".png";
        TestImages.write(root.resolve(name), TestImages.jpeg(i));
      }
    }
    TestImages.write(root.resolve("a/profile/side view.jpg"), TestImages.jpeg(5));
  }

  private Path list(String... lines) throws IOException {
    return Files.write(root.resolve("pairs.txt"), String.join("\n", lines).getBytes(UTF_8));
  }

  private AbstractThrowableAssert<?, ?> assertRefused(Path file) {
    return assertThatThrownBy(() -> PairList.read(file, root, DomainFolders.DEFAULT))
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DATA))
        .hasMessageStartingWith(file.toString());
  }

  @Test
  void plainLinesGiveDistinctImagesAndPairs() throws IOException {
    Path file =
        list(
            "# comment",
            "a/a_0001.png a/a_0002.png 1",
            "",
            "a/a_0001.png\ta/profile/side view.jpg\t1",
            "a/a_0002.png b/b_0001.png 0",
            "a/a_0002.png b/b_0001.png 0");
    PairList pairs = PairList.read(file, root, DomainFolders.DEFAULT);
    assertThat(pairs.pairs())
        .containsExactly(
            new PairList.Pair(0, 1, true, 0),
            new PairList.Pair(0, 2, true, 2), // of as many folds as pairs
            new PairList.Pair(1, 3, false, 0),
            new PairList.Pair(1, 3, false, 2));
    assertThat(pairs.images().describe()).isEqualTo("4 images of 2 people (3 easy, 1 hard)");
    assertThat(pairs.images().item(3).name()).isEqualTo("b");
    pairs.images().load(2, 8, new byte[192]);
  }

  @Test
  void foldsAreInferredFromAlternatingRuns() throws IOException {
    String same = "a/a_0001.png a/a_0002.png 1";
    String different = "a/a_0001.png b/b_0001.png 0";
    PairList pairs =
        PairList.read(
            list(same, same, different, different, same, same, different, different),
            root,
            DomainFolders.DEFAULT);
    assertThat(pairs.folds()).isEqualTo(2);
    assertThat(pairs.pairs().stream().map(PairList.Pair::fold))
        .containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
    PairList irregular =
        PairList.read(
            list(same, same, same, different, different, different), root, DomainFolders.DEFAULT);
    assertThat(irregular.folds()).isEqualTo(6);
  }

  @Test
  void doubtfulPairsAreCounted() throws IOException {
    var file =
        list(
            "a/a_0001.png a/a_0001.png 1",
            "a/a_0001.png a/a_0002.png 1",
            "a/a_0002.png a/a_0001.png 1",
            "a/a_0001.png b/b_0001.png 0",
            "a/a_0001.png b/b_0001.png 1");
    var of = file + ": 1 of its 5 pairs ";
    assertThat(PairList.read(file, root, DomainFolders.DEFAULT).doubts())
        .satisfiesExactly(
            d -> assertThat(d).startsWith(of + "are an image with itself, such as "),
            d -> assertThat(d).startsWith(of + "are there more than once, such as "),
            d -> assertThat(d).startsWith(of + "are one person in one line and two in another"));
    var good = list("a/a_0001.png a/a_0002.png 1", "a/a_0001.png b/b_0001.png 0");
    assertThat(PairList.read(good, root, DomainFolders.DEFAULT).doubts()).isEmpty();
  }

  @Test
  void selectedFoldsKeepOnlyTheirImages() throws IOException {
    PairList pairs =
        PairList.read(
            list(
                "a/a_0001.png a/a_0002.png 1",
                "a/a_0001.png b/b_0001.png 0",
                "b/b_0002.png b/b_0003.png 1",
                "a/a_0002.png b/b_0002.png 0"),
            root,
            DomainFolders.DEFAULT);
    PairList last = pairs.select(Ordinals.parse("3"));
    assertThat(last.folds()).isEqualTo(1);
    assertThat(last.pairs())
        .containsExactly(new PairList.Pair(0, 1, true, 0), new PairList.Pair(2, 0, false, 0));
    assertThat(last.images().size()).isEqualTo(3);
    assertThat(last.images().item(2).source()).isEqualTo(root.resolve("a/a_0002.png").toString());
    assertThatThrownBy(() -> pairs.select(Ordinals.parse("5")))
        .hasMessageContaining("selection 5 reaches past its 4 folds");
  }

  @Test
  void lfwsFormatIsRecognisedByItsHeader() throws IOException {
    PairList pairs =
        PairList.read(
            list("2\t1", "a\t1\t2", "a\t1\tb\t1", "b\t2\t3", "a\t3\tb\t3"),
            root,
            DomainFolders.DEFAULT);
    assertThat(pairs.folds()).isEqualTo(2);
    assertThat(pairs.pairs().get(3)).isEqualTo(new PairList.Pair(5, 4, false, 1));
    assertThat(pairs.images().item(0).source()).isEqualTo(root.resolve("a/a_0001.png").toString());
    assertThat(PairList.read(list("1", "a 1 2", "a 1 b 1"), root, DomainFolders.DEFAULT).folds())
        .isEqualTo(1);
  }

  @Test
  void errorsNameFileLineAndImage() throws IOException {
    Path file = root.resolve("pairs.txt");
    assertRefused(list("a/a_0001.png a/a_0002.png 1", "a/a_0001.png a/a_0009.png 0"))
        .hasMessageStartingWith(file + ":2: there is no image " + root.resolve("a/a_0009.png"));
    assertRefused(list("2 1", "a 1 2", "a 1 b 7"))
        .hasMessageStartingWith(file + ":3: there is no image " + root.resolve("b/b_0007.jpg"));
    assertRefused(list("a/a_0001.png a/a_0002.png")).hasMessageContaining(":1: ");
    assertRefused(list("a/a_0001.png a/a_0002.png yes"))
        .hasMessageContaining("not 'path path 1|0'");
    assertRefused(list("1 1", "a 1", "a 1 b 1")).hasMessageContaining("neither 'name i j' nor");
    assertRefused(list("1 1", "a one 2", "a 1 b 1")).hasMessageContaining("not a number");
    assertRefused(list("10 300", "a 1 2", "a 1 b 1"))
        .hasMessageContaining("announces 10 folds of 2 x 300 pairs, but 2 pairs follow");
    assertRefused(list("")).hasMessageContaining("no pairs in it");
    assertRefused(root.resolve("absent.txt")).hasMessageContaining("no such file");
    assertRefused(root).hasMessageContaining("a folder");
    assertRefused(Files.write(file, new byte[] {(byte) 0xff, (byte) 0xd8, 0, 1}))
        .hasMessageContaining("not a text file in UTF-8");
  }

  @Test
  void theProtocolOfCfpIsRead() {
    Path cfp = SharedData.folder("cfp");
    PairList pairs = PairList.read(cfp.resolve("pairs_fp.txt"), cfp, DomainFolders.DEFAULT);
    assertThat(pairs.pairs()).hasSize(6300);
    assertThat(pairs.folds()).isEqualTo(9);
    for (int fold = 0; fold < 9; fold++) {
      int f = fold;
      var inFold = pairs.pairs().stream().filter(p -> p.fold() == f).toList();
      assertThat(inFold).hasSize(700);
      assertThat(inFold.stream().filter(PairList.Pair::same)).hasSize(350);
      for (PairList.Pair pair : inFold) {
        FaceDataset.Item first = pairs.images().item(pair.first());
        FaceDataset.Item second = pairs.images().item(pair.second());
        assertThat(first.name().equals(second.name())).isEqualTo(pair.same());
        assertThat((Integer.parseInt(first.name()) - 1) / 50).isEqualTo(fold);
        assertThat(first.domain()).isEqualTo(Domain.EASY);
        assertThat(second.domain()).isEqualTo(Domain.HARD);
      }
    }
    PairList last = pairs.select(Ordinals.parse("9"));
    assertThat(last.pairs()).hasSize(700);
    assertThat(last.images().size()).isLessThanOrEqualTo(700);
    assertThat(last.images().item(0).name()).isEqualTo("401");
  }
}
