package facet.train.data.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.CachedDataset;
import facet.train.data.FaceDataset;
import facet.train.data.Ordinals;
import facet.train.data.SharedData;
import facet.train.data.TestImages;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  @TempDir Path root;

  private void image(String path) throws IOException {
    TestImages.write(root.resolve(path), TestImages.jpeg(path.hashCode() & 7));
  }

  private static List<String> describe(ImageFiles data, Path root) {
    return IntStream.range(0, data.size())
        .mapToObj(
            i -> {
              FaceDataset.Item item = data.item(i);
              Path path = root.relativize(data.file(i));
              return item.identity() + " " + item.name() + " " + item.domain() + " " + path;
            })
        .toList();
  }

  private AbstractThrowableAssert<?, ?> assertRefused(Path folder) {
    return assertThatThrownBy(() -> ImageFolder.open(folder))
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DATA))
        .hasMessageStartingWith(folder.toString());
  }

  @Test
  void peopleDomainsAndImagesAreFoundInNaturalOrder() throws IOException {
    image("s10/1.jpg");
    image("s2/10.jpg");
    image("s2/9.JPG");
    image("s2/Profile/1.png");
    image("s2/frontal/1.pgm");
    image("s2/.hidden.jpg");
    image(".git/a/b.jpg");
    TestImages.write(root.resolve("pairs.txt"), new byte[] {1});
    TestImages.write(root.resolve("s2/readme.txt"), new byte[] {1});
    ImageFiles data = ImageFolder.open(root);
    assertThat(describe(data, root))
        .containsExactly(
            "0 s2 EASY s2/9.JPG",
            "0 s2 EASY s2/10.jpg",
            "0 s2 HARD s2/Profile/1.png",
            "0 s2 EASY s2/frontal/1.pgm",
            "1 s10 EASY s10/1.jpg");
    assertThat(data.identities()).isEqualTo(2);
    assertThat(data.describe()).isEqualTo("5 images of 2 people (4 easy, 1 hard)");
    assertThat(data.notes()).containsExactly(root + ": passed over 1 .txt, which are not images.");
    assertThat(data.item(0).source()).isEqualTo(root.resolve("s2/9.JPG").toString());
  }

  @Test
  void namesAreComparedInTheirComposedForm() throws IOException {
    image("Jose\u0301/1.jpg");
    assertThat(ImageFolder.open(root).item(0).name()).isEqualTo("Jos\u00e9");
    image("Jos\u00e9/1.jpg");
    assertRefused(root).hasMessageContaining("different forms of Unicode");
  }

  @Test
  void namesThatAreNotUtf8AreRefused() throws Exception {
    image("ann/1.jpg");
    for (var name : List.of("M\\374ller", "M\\366ller")) { // in Latin-1: both would be M?ller
      var shell =
          new ProcessBuilder("sh", "-c", "cp -r ann \"$(printf '" + name + "')\"")
              .directory(root.toFile());
      assertThat(shell.start().waitFor()).isZero();
    }
    assertRefused(root).hasMessageContaining("its name is not valid UTF-8");
  }

  @Test
  void oneFolderTooDeepIsDoubted() throws IOException {
    image("ann/frontal/1.jpg");
    image("ann/profile/1.jpg");
    image("bob/frontal/1.jpg");
    assertThat(ImageFolder.open(root).notes()).isEmpty();
    assertThat(ImageFolder.open(root.resolve("ann")).notes())
        .singleElement()
        .asString()
        .contains("its people are called like domains, such as 'frontal'");
  }

  @Test
  void whatSystemsLeaveInFoldersIsNobody() throws IOException {
    image("faces/ann/1.jpg");
    image("faces/bob/1.jpg");
    image("__MACOSX/faces/ann/1.jpg"); // the root still has one folder of people
    image("faces/ann/@eaDir/thumbnail.jpg");
    image("faces/lost+found/1.jpg");
    image("faces/$RECYCLE.BIN/1.jpg");
    TestImages.write(root.resolve("faces/ann/Thumbs.db"), new byte[] {1});
    ImageFiles data = ImageFolder.open(root);
    assertThat(describe(data, root.resolve("faces")))
        .containsExactly("0 ann EASY ann/1.jpg", "1 bob EASY bob/1.jpg");
    assertThat(data.notes())
        .containsExactly(root + ": took its only sub-folder faces as the folder of people.");
  }

  @Test
  void imagesOfUnsupportedKindsAreNotCalledNoImages() throws IOException {
    image("ann/1.jpe");
    image("ann/2.jfif");
    for (var name : List.of("3.avif", "4.TIFF", "notes.txt")) {
      TestImages.write(root.resolve("ann/" + name), new byte[] {1});
    }
    ImageFiles data = ImageFolder.open(root);
    assertThat(data.size()).isEqualTo(2);
    assertThat(data.notes())
        .containsExactly(
            "Warning: "
                + root
                + ": passed over 1 .avif, 1 .tiff: images of a kind that is not supported; convert"
                + " them to PNG or JPEG.",
            root + ": passed over 1 .txt, which are not images.");
  }

  @Test
  void peopleAreSelectedByTheirPlace() throws IOException {
    for (int i = 1; i <= 12; i++) {
      image("p" + i + "/1.jpg");
    }
    var data = ImageFolder.open(root, DomainFolders.DEFAULT, Ordinals.parse("2,9-11"));
    assertThat(describe(data, root))
        .containsExactly(
            "0 p2 EASY p2/1.jpg",
            "1 p9 EASY p9/1.jpg",
            "2 p10 EASY p10/1.jpg",
            "3 p11 EASY p11/1.jpg");
    assertThatThrownBy(() -> ImageFolder.open(root, DomainFolders.DEFAULT, Ordinals.parse("10-20")))
        .hasMessage(root + ": selection 10-20 reaches past its 12 people; choose from 1-12.");
  }

  @Test
  void theNamesOfTheDomainsFoldersCanBeChosen() throws IOException {
    image("a/mugshot/1.jpg");
    image("a/d1/1.jpg");
    image("a/d2/1.jpg");
    image("b/1.jpg");
    assertRefused(root.resolve("absent"));
    assertThatThrownBy(() -> ImageFolder.open(root))
        .hasMessageStartingWith(root.resolve("a").resolve("d1") + ": ")
        .hasMessageContaining("easy: easy|frontal, hard: hard|profile");
    var data =
        ImageFolder.open(
            root, new DomainFolders(List.of("mugshot"), List.of("d1", "d2")), Ordinals.ALL);
    assertThat(data.describe()).isEqualTo("4 images of 2 people (2 easy, 2 hard)");
  }

  @Test
  void aRootWhoseOnlyFolderHoldsThePeopleStandsForIt() throws IOException {
    image("faces/s1/1.jpg");
    image("faces/s2/1.jpg");
    assertThat(ImageFolder.open(root).identities()).isEqualTo(2);
  }

  @Test
  void onePersonWithDomainsIsNotTakenForTwoPeople() throws IOException {
    image("s1/easy/1.jpg");
    image("s1/hard/1.jpg");
    assertThat(describe(ImageFolder.open(root), root))
        .containsExactly("0 s1 EASY s1/easy/1.jpg", "0 s1 HARD s1/hard/1.jpg");
  }

  @Test
  void peopleWithoutImagesAreLeftOutAndNamed() throws IOException {
    image("a/1.jpg");
    Files.createDirectories(root.resolve("b"));
    image("c/1.jpg");
    ImageFiles data = ImageFolder.open(root);
    assertThat(data.identities()).isEqualTo(2);
    assertThat(data.item(1).name()).isEqualTo("c");
    assertThat(data.notes()).containsExactly(root + ": 1 people without images are left out: b.");
  }

  @Test
  void unusableFoldersAreRefusedWithTheReason() throws IOException {
    assertRefused(root.resolve("absent")).hasMessageContaining("no such folder");
    assertRefused(root).hasMessageContaining("holds no folders");
    Path file = TestImages.write(root.resolve("file"), new byte[] {1});
    assertRefused(file).hasMessageContaining("not a folder");
    TestImages.write(root.resolve("a/1.heic"), new byte[] {1});
    TestImages.write(root.resolve("b/2.heic"), new byte[] {1});
    assertRefused(root).hasMessageContaining("no images in its 2 folders, only 2 .heic");
    Path flat = root.resolve("a");
    TestImages.write(flat.resolve("1.jpg"), TestImages.jpeg(1));
    assertRefused(flat).hasMessageContaining("not sorted by person");
  }

  @Test
  void everyImageOfOrlIsFound() {
    Path orl = SharedData.folder("orl");
    ImageFiles data = ImageFolder.open(orl);
    assertThat(data.describe()).isEqualTo("400 images of 40 people (400 easy, 0 hard)");
    assertThat(data.item(10).name()).isEqualTo("s2");
    assertThat(data.file(399).endsWith("s40/10.pgm")).isTrue();
    assertThat(data.notes())
        .containsExactly(orl + ": took its only sub-folder orl_faces as the folder of people.");
    assertThat(describe(ImageFolder.open(orl.resolve("orl_faces")), orl))
        .isEqualTo(describe(data, orl));
  }

  @Test
  void everyImageOfCfpIsFoundAndDecodes() {
    Path cfp = SharedData.folder("cfp");
    ImageFiles data = ImageFolder.open(cfp);
    assertThat(data.describe()).isEqualTo("6,300 images of 450 people (4,500 easy, 1,800 hard)");
    var people = Ordinals.parse("401-450");
    var validation = ImageFolder.open(cfp, DomainFolders.DEFAULT, people);
    assertThat(validation.describe()).isEqualTo("700 images of 50 people (500 easy, 200 hard)");
    assertThat(validation.item(0).name()).isEqualTo("401");
    var cached = CachedDataset.fill(validation, 56, 0, 2, (done, total) -> {});
    assertThat(cached.report().describe()).isEqualTo("scanned 700 images, 0 cannot be used");
  }
}
