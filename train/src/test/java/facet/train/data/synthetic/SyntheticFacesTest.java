package facet.train.data.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.error.FacetException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class SyntheticFacesTest {
  private static final int PEOPLE = 24;
  private static final int SIZE = 32;

  private static final Long[] CHECKSUMS = {
    3397841343L, 2818073591L, 3771298005L, 3339865883L, 366537369L, 3541485351L, 672128508L
  };

  private final SyntheticFaces faces = new SyntheticFaces(1, PEOPLE, 8, 24, SIZE);

  private static long checksum(byte[] rgb) {
    var crc = new CRC32();
    crc.update(rgb);
    return crc.getValue();
  }

  /// Images are part of a run's definition: if this fails on purpose, results of earlier demo runs
  /// can no longer be compared with new ones.
  @Test
  void imagesNeverChange() {
    var checksums = new ArrayList<Long>();
    for (int identity = 0; identity < 3; identity++) {
      checksums.add(checksum(faces.render(identity, Domain.EASY, 1)));
      checksums.add(checksum(faces.render(identity, Domain.HARD, 2)));
    }
    byte[] large = new byte[112 * 112 * 3];
    faces.render(23, Domain.HARD, 3, 112, large);
    checksums.add(checksum(large));
    assertThat(checksums).containsExactly(CHECKSUMS);
  }

  /// The stand-in for groups of people: the same images, and darker from group to group.
  @Test
  void tonesAreGroupsFromFairToDark() {
    var people = new SyntheticFaces(1, 40, 2, 0, SIZE);
    var all = people.dataset();
    var groups = people.byTone();
    var sums = new double[SyntheticFaces.TONES];
    var counts = new int[SyntheticFaces.TONES];
    byte[] rgb = new byte[SIZE * SIZE * 3];
    byte[] same = new byte[SIZE * SIZE * 3];
    for (int i = 0; i < groups.size(); i++) {
      var item = groups.item(i);
      int tone = Integer.parseInt(item.kind().substring("tone-".length()));
      assertThat(item.domain()).isEqualTo(tone == 1 ? Domain.EASY : Domain.HARD);
      assertThat(item.identity()).isEqualTo(all.item(i).identity());
      groups.load(i, SIZE, rgb);
      all.load(i, SIZE, same);
      assertThat(rgb).isEqualTo(same);
      int cheek = ((SIZE / 2 + 3) * SIZE + SIZE / 2) * 3; // beside the nose
      sums[tone - 1] += Byte.toUnsignedInt(rgb[cheek]) + Byte.toUnsignedInt(rgb[cheek + 1]);
      counts[tone - 1]++;
    }
    for (int k = 1; k < sums.length; k++) {
      assertThat(sums[k] / counts[k]).isLessThan(sums[k - 1] / counts[k - 1]);
    }
  }

  @Test
  void threadsDoNotMatter() {
    List<Long> serial = checksums(IntStream.range(0, 96));
    List<Long> parallel = checksums(IntStream.range(0, 96).parallel());
    assertThat(parallel).isEqualTo(serial);
    assertThat(serial).doesNotHaveDuplicates();
  }

  private List<Long> checksums(IntStream indices) {
    return indices
        .mapToObj(i -> checksum(faces.render(i % 24, Domain.values()[i / 24 % 2], i / 48)))
        .toList();
  }

  @Test
  void theSeedChoosesOtherPeople() {
    byte[] other = new SyntheticFaces(2, 24, 8, 24, SIZE).render(0, Domain.EASY, 0);
    assertThat(other).isNotEqualTo(faces.render(0, Domain.EASY, 0));
  }

  @Test
  void onePersonResemblesHerselfMoreThanOthers() {
    double same = 0;
    double different = 0;
    int people = PEOPLE;
    for (int i = 0; i < people; i++) {
      byte[] face = faces.render(i, Domain.EASY, 0);
      same += distance(face, faces.render(i, Domain.EASY, 1)) / people;
      different += distance(face, faces.render((i + 7) % people, Domain.EASY, 1)) / people;
    }
    assertThat(same).isLessThan(.8 * different);
  }

  /// Guards the demo against being trivial: raw pixels must not be enough.
  @Test
  void nearestPixelsDoNotRecognise() {
    int people = PEOPLE;
    var gallery =
        IntStream.range(0, people).mapToObj(i -> faces.render(i, Domain.EASY, 0)).toList();
    int right = 0;
    for (int i = 0; i < people; i++) {
      byte[] probe = faces.render(i, Domain.EASY, 3);
      int nearest = 0;
      double least = Double.MAX_VALUE;
      for (int j = 0; j < people; j++) {
        double d = distance(probe, gallery.get(j));
        if (d < least) {
          least = d;
          nearest = j;
        }
      }
      right += nearest == i ? 1 : 0;
    }
    assertThat(right).isBetween(2, people * 7 / 10);
  }

  /// Mean squared difference of the middle of two images.
  private static double distance(byte[] a, byte[] b) {
    double sum = 0;
    for (int y = SIZE / 5; y < SIZE * 4 / 5; y++) {
      for (int i = 3 * (y * SIZE + SIZE / 4); i < 3 * (y * SIZE + SIZE * 3 / 4); i++) {
        double d = (a[i] & 255) - (b[i] & 255);
        sum += d * d;
      }
    }
    return sum;
  }

  @Test
  void domainsKeepTheirPromises() {
    for (int i = 0; i < PEOPLE; i++) {
      for (int s = 0; s < faces.samples(Domain.EASY); s++) {
        var easy = faces.sample(i, Domain.EASY, s);
        assertThat(Math.abs(easy.yaw())).isLessThan(15);
        assertThat(easy.resolution()).isZero();
        assertThat(easy.occlusion()).isEqualTo(Occlusion.NONE);
        assertThat(easy.light().key()).isGreaterThan(.6);
      }
      for (int s = 0; s < faces.samples(Domain.HARD); s++) {
        var hard = faces.sample(i, Domain.HARD, s);
        boolean dim = hard.light().key() < .2 || Math.abs(hard.light().azimuth()) > 70;
        assertThat(
                Math.abs(hard.yaw()) >= 45
                    || hard.resolution() > 0
                    || dim
                    || hard.occlusion() != Occlusion.NONE)
            .as("person %d, hard sample %d: %s", i, s, hard)
            .isTrue();
      }
    }
  }

  @Test
  void lowResolutionLosesDetail() {
    double sharp = 0;
    double blurred = 0;
    int count = 0;
    byte[] rgb = new byte[112 * 112 * 3];
    for (int i = 0; i < 6; i++) {
      for (int s = 0; s < faces.samples(Domain.HARD); s++) {
        if (faces.sample(i, Domain.HARD, s).resolution() > 0) {
          faces.render(i, Domain.HARD, s, 112, rgb);
          blurred += detail(rgb, 112);
          faces.render(i, Domain.EASY, 0, 112, rgb);
          sharp += detail(rgb, 112);
          count++;
        }
      }
    }
    assertThat(count).isGreaterThan(20);
    assertThat(blurred).isLessThan(.3 * sharp);
  }

  /// Energy of the second differences along rows.
  private static double detail(byte[] rgb, int size) {
    double sum = 0;
    for (int y = 0; y < size; y++) {
      for (int i = 3 * (y * size + 1); i < 3 * (y * size + size - 1); i++) {
        double d = (rgb[i - 3] & 255) - 2 * (rgb[i] & 255) + (rgb[i + 3] & 255);
        sum += d * d;
      }
    }
    return sum;
  }

  @Test
  void aDatasetListsEveryImage() {
    FaceDataset dataset = faces.dataset();
    assertThat(dataset.describe()).isEqualTo("768 images of 24 people (192 easy, 576 hard)");
    int index = 2 * 32 + 8 + 5;
    assertThat(dataset.item(index))
        .isEqualTo(
            new FaceDataset.Item(2, "person-0002", Domain.HARD, "synthetic person-0002/hard/5"));
    byte[] rgb = new byte[SIZE * SIZE * 3];
    dataset.load(index, SIZE, rgb);
    assertThat(rgb).isEqualTo(faces.render(2, Domain.HARD, 5));
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertThatThrownBy(() -> new SyntheticFaces(1, 0, 8, 8, 32))
        .isInstanceOf(FacetException.class)
        .hasMessage("synthetic faces: identities is 0; choose at least 1.");
    assertThatThrownBy(() -> new SyntheticFaces(1, 4, 8, 8, 7))
        .hasMessage("synthetic faces: size is 7; choose at least 8.");
    assertThatThrownBy(() -> faces.render(24, Domain.EASY, 0))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("synthetic faces: identity 24 is not in 0 … 23");
    assertThatThrownBy(() -> faces.render(0, Domain.EASY, 8))
        .hasMessage("synthetic faces: easy sample 8 is not in 0 … 7");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> faces.render(0, Domain.EASY, 0, 16, new byte[700]))
        .withMessage("synthetic faces: rgb has 700 bytes, an image of size 16 needs 768");
  }
}
