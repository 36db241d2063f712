package facet.train.data.folder;

import facet.train.data.Domain;
import facet.train.data.ImageSource;
import facet.train.data.ListedFaces;
import facet.train.data.image.ImageDecoder;
import facet.train.data.image.RgbImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Images in files, decoded when asked for.
public final class ImageFiles extends ListedFaces implements ImageSource {
  static final List<String> EXTENSIONS =
      List.of(
          "jpg", "jpeg", "jpe", "jfif", "png", "bmp", "dib", "gif", "pgm", "ppm", "pnm", "webp");

  /// Endings of images that this program does not read.
  private static final Set<String> UNSUPPORTED =
      Set.of(
          "tif", "tiff", "avif", "heic", "heif", "jp2", "j2k", "jxl", "pbm", "psd", "raw", "dng",
          "cr2", "nef", "arw");

  private final List<Path> files;
  private final List<String> notes;

  /// `files.get(i)` is described by `items.get(i)`; `notes` are things worth a warning.
  public ImageFiles(List<Path> files, List<Item> items, List<String> notes) {
    super(items);
    if (files.size() != items.size()) {
      throw new IllegalArgumentException(files.size() + " files, " + items.size() + " items");
    }
    this.files = List.copyOf(files);
    this.notes = List.copyOf(notes);
  }

  /// Images of unknown people, under their paths.
  public static ImageFiles of(List<Path> files) {
    var items = files.stream().map(f -> new Item(0, "", Domain.EASY, f.toString())).toList();
    return new ImageFiles(files, items, List.of());
  }

  /// Whether the name ends like that of an image this program reads.
  static boolean isImage(Path file) {
    return EXTENSIONS.contains(extension(file));
  }

  /// Whether the name ends like that of an image that this program does not read.
  static boolean isUnsupported(String extension) {
    return UNSUPPORTED.contains(extension);
  }

  /// `jpg` of `a/B.JPG`, empty when there is none.
  static String extension(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot < 1 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
  }

  /// Where the image lies.
  public Path file(int index) {
    return files.get(index);
  }

  @Override
  public List<Path> files() {
    return files;
  }

  /// Sentences about what was skipped: people without images, files that are not images.
  public List<String> notes() {
    return notes;
  }

  @Override
  public RgbImage image(int index) {
    return ImageDecoder.decode(files.get(index));
  }
}
