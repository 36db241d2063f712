package facet.train.data;

import static facet.train.error.Printable.format;

import facet.train.error.Printable;
import java.text.Normalizer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A numbered list of face images whose identities are known.
///
/// Implementations may be used from several threads at once.
public interface FaceDataset {
  /// One image: whose face it is (identities are numbered from 0 without gaps and named), how hard
  /// it is, and what to call the image in a message (usually its path).
  ///
  /// @param name in Unicode's composed form (NFC), whatever form a file system or a list has it in;
  ///     empty if nobody says whose face it is
  /// @param kind of image within its domain: the sub-folder that it lies in, else the domain's name
  record Item(int identity, String name, Domain domain, String kind, String source) {
    /// Of no kind beside its domain.
    public Item(int identity, String name, Domain domain, String source) {
      this(identity, name, domain, domain.folder(), source);
    }

    /// The same image as one of another person of this name, by number.
    public Item of(int person) {
      return new Item(person, name, domain, kind, source);
    }

    /// Names come from somebody's files and go to screens and into tables.
    public Item {
      kind = Printable.line(Normalizer.normalize(kind, Normalizer.Form.NFC));
      name = Printable.line(Normalizer.normalize(name, Normalizer.Form.NFC));
      source = Printable.line(source);
    }
  }

  /// The number of images.
  int size();

  /// The number of identities, which is the number of classes to learn.
  int identities();

  /// What is known about the image without loading it.
  Item item(int index);

  /// What is known about each image, in order.
  default Stream<Item> items() {
    return IntStream.range(0, size()).mapToObj(this::item);
  }

  /// To how many pixels on a side the image was shrunk on purpose, 0 if it was not.
  default int resolution(int index) {
    return 0;
  }

  /// Writes the image at `size x size` into the first `3 size²` bytes of `rgb`: red, green, blue,
  /// row by row from the top.
  ///
  /// @throws facet.train.error.FacetException naming the image if it cannot be decoded
  void load(int index, int size, byte[] rgb);

  /// The number of images in a domain.
  default int count(Domain domain) {
    return (int) items().filter(item -> item.domain() == domain).count();
  }

  /// For the log: `6,300 images of 450 people (4,500 easy, 1,800 hard)`; only their number where
  /// nobody says whose faces they are.
  default String describe() {
    return items().allMatch(item -> item.name().isEmpty())
        ? format("%,d images", size())
        : format(
            "%,d images of %,d %s (%,d easy, %,d hard)",
            size(),
            identities(),
            identities() == 1 ? "person" : "people",
            count(Domain.EASY),
            count(Domain.HARD));
  }
}
