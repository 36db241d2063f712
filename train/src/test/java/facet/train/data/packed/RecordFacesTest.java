package facet.train.data.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.Domain;
import facet.train.data.Ordinals;
import facet.train.data.SharedData;
import facet.train.data.folder.DomainFolders;
import facet.train.error.FacetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordFacesTest {
  private static final byte[] MAGIC = {0x0a, 0x23, (byte) 0xd7, (byte) 0xce};

  @TempDir private Path temp;
  private Path rec;

  @BeforeEach
  void copyFromPython() throws IOException {
    rec = temp.resolve("parts.rec");
    copy("parts.rec");
    copy("parts.idx");
  }

  private void copy(String name) throws IOException {
    try (InputStream in = RecordFacesTest.class.getResourceAsStream(name)) {
      Files.copy(in, temp.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static RecordFaces open(Path rec, Ordinals people, Consumer<String> notes) {
    return RecordFaces.open(rec, people, DomainFolders.DEFAULT, notes);
  }

  private RecordFaces open() {
    return open(rec, Ordinals.ALL, note -> {});
  }

  @Test
  void readsInsightfacesLayout() {
    var faces = open();
    assertThat(faces.size()).isEqualTo(4); // key 0 and the two people's records are no images
    assertThat(faces.identities()).isEqualTo(2); // labels 0 and 2, numbered without a gap
    assertThat(faces.item(1).identity()).isZero();
    assertThat(faces.item(3).identity()).isEqualTo(1);
    assertThat(faces.item(3).name()).isEqualTo("2");
    assertThat(faces.item(3).source()).endsWith("parts.rec, key 4");
    assertThat(faces.image(0).rgb()).startsWith(10, 0, 245);
    assertThat(faces.image(3).rgb()).startsWith(40, 0, 215);
  }

  @Test
  void putsTheMagicNumberBackBetweenParts() {
    var record = open().encoded(2);
    assertThat(record).startsWith(MAGIC).endsWith("end".getBytes(StandardCharsets.US_ASCII));
    assertThat(Arrays.copyOfRange(record, record.length - 7, record.length - 3)).isEqualTo(MAGIC);
  }

  @Test
  void choosesPeopleByTheirPlace() {
    var second = open(rec, Ordinals.parse("2"), note -> {});
    assertThat(second.size()).isEqualTo(2);
    assertThat(second.identities()).isEqualTo(1);
    assertThat(second.item(0).name()).isEqualTo("2");
    assertThatThrownBy(() -> open(rec, Ordinals.parse("3"), note -> {}))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("its 2 people");
  }

  @Test
  void writesWhatItReadsAndPythonWouldWrite() throws IOException {
    var random = new SplittableRandom(11);
    var payloads = new byte[200][];
    for (var i = 0; i < payloads.length; i++) {
      payloads[i] = new byte[random.nextInt(1, 60)];
      random.nextBytes(payloads[i]);
      for (var k = random.nextInt(4); k > 0; k--) { // often at multiples of 4, often not
        var at = random.nextInt(payloads[i].length);
        var length = Math.min(4, payloads[i].length - at);
        System.arraycopy(MAGIC, 0, payloads[i], at, length);
      }
    }
    var file = temp.resolve("own.rec");
    RecordWriter.write(
        file,
        java.util.stream.IntStream.range(0, 200)
            .mapToObj(
                i ->
                    new RecordWriter.Image(i / 8, Path.of("p", "hard", "x.png"), () -> payloads[i]))
            .toList());
    var faces = open(file, Ordinals.ALL, note -> {});
    assertThat(faces.identities()).isEqualTo(25);
    for (var i = 0; i < payloads.length; i++) {
      assertThat(faces.encoded(i)).isEqualTo(payloads[i]);
      assertThat(faces.item(i).identity()).isEqualTo(i / 8);
    }
    // the magic number only begins records: as dmlc's reader looks for them
    var bytes = Files.readAllBytes(file);
    for (var i = 0; i + 4 <= bytes.length; i += 4) {
      if (Arrays.equals(bytes, i, i + 4, MAGIC, 0, 4)) {
        assertThat(bytes.length - i).isGreaterThanOrEqualTo(8);
        i += 4; // its length word
      }
    }
    assertThat(temp).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void aRealFileOfMxnet() {
    var folder = SharedData.folder("recordio-tiny");
    var faces = open(folder.resolve("train.rec"), Ordinals.ALL, note -> {});
    assertThat(faces.size()).isEqualTo(8);
    assertThat(faces.identities()).isEqualTo(2);
    assertThat(faces.items().map(item -> item.source().replaceFirst(".*key ", "")))
        .containsExactly("0", "1", "2", "3", "4", "5", "6", "7");
    assertThat(faces.item(4).name()).isEqualTo("1"); // woman_1.jpg
    for (var i = 0; i < 8; i++) {
      assertThat(faces.image(i).width()).isGreaterThan(50);
    }
  }

  @Test
  void everyDamageIsToldWithItsPlace() throws IOException {
    var bytes = Files.readAllBytes(rec);
    refused(Arrays.copyOf(bytes, bytes.length - 130), "parts.rec, byte", "cut off");
    refused(Arrays.copyOf(bytes, 4), "hold no record");
    var magic = bytes.clone();
    magic[0] = 1;
    refused(magic, "parts.rec, byte 0", "0xced72301 is not the 0xced7230a", "facet pack");
    Files.write(rec, bytes);
    index("1\t41\n", "byte 41", "multiples of 4");
    index("1\t9999999\n", "byte 9999999", "the file has");
    index("0\t0\n1\tx\n", "parts.idx:2", "'1<tab>x' is not 'key offset'");
    index("0\t0\n0\t40\n", "key 0 appears twice");
    index("", "empty");
    index("0\t0\n1\t40\n", "announces 4 images", "has 1 of them");
    Files.delete(temp.resolve("parts.idx"));
    assertThatThrownBy(this::open).hasMessageContaining("there is no index");
  }

  /// Writes `name.rec` and its index, the keys as given.
  private Path write(String name, Entry... records) {
    var file = temp.resolve(name);
    RecordWriter.write(
        file,
        writer -> {
          for (var record : records) {
            writer.append(record.key, record.header, new byte[record.bytes]);
          }
        });
    return file;
  }

  private record Entry(long key, ImageHeader header, int bytes) {}

  private static ImageHeader labels(float... labels) {
    return ImageHeader.of(labels, 0);
  }

  /// What MXNet's im2rec makes of a list with several labels (`--pack-label`), from key 0 on; two
  /// of them are not insightface's first record, which has no image.
  @Test
  void anImageOfKeyZeroMayHaveSeveralLabels() {
    for (var more : List.of(new float[] {}, new float[] {9}, new float[] {9, 8})) {
      var notes = new ArrayList<String>();
      var records = new Entry[4];
      for (var i = 0; i < 4; i++) {
        var all = new float[1 + more.length];
        all[0] = i < 2 ? 0 : 1;
        System.arraycopy(more, 0, all, 1, more.length);
        records[i] = new Entry(i, labels(all), 5);
      }
      var faces = open(write("l" + more.length + ".rec", records), Ordinals.ALL, notes::add);
      assertThat(faces.size()).isEqualTo(4);
      assertThat(faces.identities()).isEqualTo(2);
      assertThat(notes).hasSize(more.length == 0 ? 0 : 1);
      assertThat(String.join("", notes)).contains(more.length == 0 ? "" : "the first is taken");
    }
  }

  @Test
  void insightfacesRecordsUnderOtherKeysAreRefused() {
    var file =
        write(
            "renumbered.rec", // as rec2idx numbers them
            new Entry(0, labels(0, 1), 5),
            new Entry(1, labels(1, 1), 5),
            new Entry(2, labels(3, 5), 0),
            new Entry(3, labels(1, 2), 0),
            new Entry(4, labels(2, 3), 0));
    assertThatThrownBy(() -> open(file, Ordinals.ALL, note -> {}))
        .hasMessageContaining("its keys have been renumbered");
  }

  @Test
  void labelsThatAFloatCannotTellApartAreRefused() {
    var file =
        write(
            "ids.rec",
            new Entry(0, ImageHeader.of(20_231_104f, 0), 5),
            new Entry(1, ImageHeader.of(20_231_106f, 1), 5)); // as 20231105 becomes one of them
    assertThatThrownBy(() -> open(file, Ordinals.ALL, note -> {}))
        .hasMessageContaining("different people would become one");
  }

  /// An index that was cut off, or that is another file's, would leave people out in silence.
  @Test
  void whatTheIndexDoesNotNameIsSaidAndRefusedFromAHundredthOn() throws IOException {
    var records = new Entry[300];
    for (var i = 0; i < records.length; i++) {
      var person = i / 10;
      records[i] = new Entry(i, ImageHeader.of(person, i), 3 + i % 7);
    }
    var file = write("cut.rec", records);
    var index = RecordIndex.fileOf(file);
    var lines = Files.readAllLines(index);
    var notes = new ArrayList<String>();
    Files.write(index, lines.subList(0, 298));
    assertThat(open(file, Ordinals.ALL, notes::add).size()).isEqualTo(298);
    assertThat(notes.toString())
        .contains("of its 300 records the index does not name 2")
        .contains("left out");
    Files.write(index, lines.subList(0, 200));
    assertThatThrownBy(() -> open(file, Ordinals.ALL, note -> {}))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining("of its 300 records the index does not name 100")
        .hasMessageContaining("rec2idx");
  }

  @Test
  void otherPeopleThanInsightfacesPropertyCountsAreSaid() throws IOException {
    Files.writeString(temp.resolve("property"), "3,112,112\n");
    var notes = new ArrayList<String>();
    open(rec, Ordinals.ALL, notes::add);
    assertThat(notes.toString()).contains("it says 3 people, the labels are of 2");
    Files.writeString(temp.resolve("property"), "2,112,112\n");
    notes.clear();
    open(rec, Ordinals.ALL, notes::add);
    assertThat(notes).isEmpty();
  }

  @Test
  void aListOfFoldersOfNoDomainIsSaid() {
    var file = temp.resolve("distances.rec");
    RecordWriter.write(
        file, List.of(new RecordWriter.Image(0, Path.of("p", "d1", "x.png"), () -> new byte[5])));
    var notes = new ArrayList<String>();
    open(file, Ordinals.ALL, notes::add);
    assertThat(notes).hasSize(1);
    assertThat(notes.getFirst()).contains("distances.lst", "all are easy", "--hard");
    notes.clear();
    var far = new DomainFolders(List.of("near"), List.of("d1"));
    assertThat(RecordFaces.open(file, Ordinals.ALL, far, notes::add).item(0).domain())
        .isEqualTo(Domain.HARD);
    assertThat(notes).isEmpty();
  }

  @Test
  void anotherKindOfFileIsCalledWhatItIs() throws IOException {
    Files.write(
        rec, "version https://git-lfs.github.com/spec/v1\noid".getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(this::open).hasMessageContaining("it is a Git LFS pointer");
    copy("parts.rec");
    index(
        "<!DOCTYPE html><html>404</html>\n",
        "it is an HTML page; name a file of lines 'key offset'");
  }

  /// A record in a quarter of a million parts is read in one pass, and no second key names it.
  @Test
  @org.junit.jupiter.api.Timeout(10)
  void aSmallFileCannotKeepTheReaderBusy() throws IOException {
    var parts = 250_000;
    var image = ImageHeader.of(0, 0).toBytes();
    var out = java.nio.ByteBuffer.allocate(8 * parts + 100);
    out.order(java.nio.ByteOrder.LITTLE_ENDIAN);
    out.putInt(RecordFile.MAGIC).putInt(RecordFile.FIRST << 29 | image.length).put(image);
    for (var i = 0; i < parts; i++) {
      out.putInt(RecordFile.MAGIC).putInt(RecordFile.MIDDLE << 29);
    }
    out.putInt(RecordFile.MAGIC).putInt(RecordFile.LAST << 29);
    Files.write(rec, Arrays.copyOf(out.array(), out.position()));
    Files.writeString(temp.resolve("parts.idx"), "0\t0\n");
    assertThat(open().encoded(0)).hasSize(4 * parts + 4).startsWith(MAGIC).endsWith(MAGIC);
    index("0\t0\n1\t0\n", "the keys 0 and 1 name one record, at byte 0");
  }

  private void refused(byte[] bytes, String... parts) throws IOException {
    Files.write(rec, bytes);
    assertThatThrownBy(() -> open().image(3))
        .isInstanceOf(FacetException.class)
        .message()
        .contains(parts);
  }

  private void index(String text, String... parts) throws IOException {
    Files.writeString(temp.resolve("parts.idx"), text);
    assertThatThrownBy(this::open).isInstanceOf(FacetException.class).message().contains(parts);
  }

  @Test
  void mutationsNeverEscapeAsAnotherError() throws IOException {
    var random = new SplittableRandom(5);
    var bytes = Files.readAllBytes(rec);
    var refused = 0;
    for (var i = 0; i < 300; i++) {
      var mutated = bytes.clone();
      for (var k = 0; k < 3; k++) {
        mutated[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      var file = temp.resolve("m" + i % 50 + ".rec"); // a mapped file must not shrink
      Files.write(file, mutated);
      Files.copy(
          temp.resolve("parts.idx"),
          temp.resolve("m" + i % 50 + ".idx"),
          StandardCopyOption.REPLACE_EXISTING);
      try {
        var faces = open(file, Ordinals.ALL, note -> {});
        for (var k = 0; k < faces.size(); k++) {
          faces.encoded(k);
        }
      } catch (FacetException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(50);
  }
}
