package facet.train.data.synthetic;

import static facet.train.error.Printable.format;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.GeneratedFaces;
import facet.train.data.Ordinals;
import facet.train.data.Subset;
import facet.train.error.FacetException;
import java.util.ArrayList;
import java.util.Set;
import java.util.stream.IntStream;

/// A population of invented people and endless photographs of them: the data of the demo.
///
/// An image is a pure function of (seed, identity, domain, sample, size): the same bytes on every
/// machine and from every thread; nothing is stored. A person is a vector of some fifty attributes
/// (shape of head, eyes, brows, nose and mouth, skin, hair, beard, age, freckles, glasses); an
/// image adds pose, light, expression, framing, clothes, backdrop and sensor noise. The
/// distributions are those of [Sample]: easy images are near frontal, well lit and sharp, hard ones
/// are turned by 45 to 75 degrees, reduced to 10 to 18 pixels, badly lit or partly covered.
///
/// Safe for use by many threads at once.
public final class SyntheticFaces {
  /// Groups of people by the tone of their skin.
  public static final int TONES = 4;

  private final long seed;
  private final int identities;
  private final int easyPerIdentity;
  private final int hardPerIdentity;
  private final int size;

  /// Describes the images; none is rendered yet.
  ///
  /// @param seed chooses the people and the photographs
  /// @param size the side of an image in pixels, at least 8
  public SyntheticFaces(
      long seed, int identities, int easyPerIdentity, int hardPerIdentity, int size) {
    this.seed = seed;
    this.identities = atLeast("identities", identities, 1);
    this.easyPerIdentity = atLeast("easyPerIdentity", easyPerIdentity, 0);
    this.hardPerIdentity = atLeast("hardPerIdentity", hardPerIdentity, 0);
    this.size = atLeast("size", size, 8);
  }

  private static int atLeast(String name, int value, int least) {
    if (value < least) {
      throw FacetException.usage(
          "synthetic faces: %s is %d; choose at least %d.", name, value, least);
    }
    return value;
  }

  /// Images per identity in a domain.
  public int samples(Domain domain) {
    return switch (domain) {
      case EASY -> easyPerIdentity;
      case HARD -> hardPerIdentity;
    };
  }

  /// How image `sample` of a person is taken: pose, light, resolution, what covers the face.
  public Sample sample(int identity, Domain domain, int sample) {
    check("identity", identity, identities);
    check(domain.folder() + " sample", sample, samples(domain));
    return FaceRenderer.sample(seed, identity, domain == Domain.HARD, sample);
  }

  /// Renders an image of this set's size.
  public byte[] render(int identity, Domain domain, int sample) {
    byte[] rgb = new byte[size * size * 3];
    render(identity, domain, sample, size, rgb);
    return rgb;
  }

  /// Renders an image into the first `size · size · 3` bytes of `rgb` (`[size, size, 3]`, top row
  /// first).
  ///
  /// @throws IndexOutOfBoundsException if there is no such identity or sample
  /// @throws IllegalArgumentException if `rgb` is shorter
  public void render(int identity, Domain domain, int sample, int size, byte[] rgb) {
    atLeast("size", size, 8);
    if (rgb.length < size * size * 3) {
      throw new IllegalArgumentException(
          format(
              "synthetic faces: rgb has %d bytes, an image of size %d needs %d",
              rgb.length, size, size * size * 3));
    }
    FaceRenderer.render(seed, identity, sample(identity, domain, sample), size, rgb);
  }

  /// All images as a dataset: person by person, the easy ones first.
  public FaceDataset dataset() {
    int each = easyPerIdentity + hardPerIdentity;
    var items = new ArrayList<FaceDataset.Item>();
    for (int index = 0; index < identities * each; index++) {
      Domain domain = domainOf(index % each);
      String name = format("person-%04d", index / each);
      String source = format("synthetic %s/%s/%d", name, domain.folder(), sampleOf(index % each));
      items.add(new FaceDataset.Item(index / each, name, domain, source));
    }
    return new GeneratedFaces(
        items,
        (index, side, rgb) ->
            render(index / each, domainOf(index % each), sampleOf(index % each), side, rgb));
  }

  /// All images as a dataset of groups of people by the tone of their skin, [#TONES] of them, as a
  /// stand-in for the groups of people of RFW: images of kind `tone-1` (fair) are the easy ones,
  /// those of the others hard ones, however they are taken.
  public FaceDataset byTone() {
    var all = dataset();
    var items =
        all.items()
            .map(
                item -> {
                  int tone = tone(item.identity());
                  var domain = tone == 1 ? Domain.EASY : Domain.HARD;
                  return new FaceDataset.Item(
                      item.identity(), item.name(), domain, "tone-" + tone, item.source());
                })
            .toList();
    return new GeneratedFaces(items, all::load);
  }

  /// The tone of a person's skin, 1 (fair) to [#TONES] (dark); as many people have each.
  int tone(int identity) {
    return 1 + (int) (Person.tone(seed, identity) * TONES);
  }

  /// As `all`, [#dataset()] or [#byTone()], of the chosen people only.
  public FaceDataset chosen(FaceDataset all, Ordinals chosen) {
    var numbers = IntStream.range(0, identities).boxed().toList();
    var people = Set.copyOf(chosen.select(numbers, "people", "synthetic"));
    return Subset.of(all, people::contains, domain -> true);
  }

  private Domain domainOf(int offset) {
    return offset < easyPerIdentity ? Domain.EASY : Domain.HARD;
  }

  private int sampleOf(int offset) {
    return offset < easyPerIdentity ? offset : offset - easyPerIdentity;
  }

  private static void check(String name, int index, int count) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException(
          format("synthetic faces: %s %d is not in 0 … %d", name, index, count - 1));
    }
  }
}
