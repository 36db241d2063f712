package facet.train.data;

import facet.train.data.FaceDataset.Item;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Where images are, however they are named: from the root of the file system, without detours, and
/// without links in their folders.
public final class ImagePlaces {
  private final Map<Path, Path> folders = new HashMap<>();

  /// The place of an image with this [Item#source].
  public Path of(String source) {
    var absolute = Path.of(source).toAbsolutePath().normalize();
    var folder = absolute.getParent();
    return folder == null
        ? absolute
        : folders.computeIfAbsent(folder, ImagePlaces::real).resolve(absolute.getFileName());
  }

  /// A folder without detours and links.
  public static Path real(Path folder) {
    var absolute = folder.toAbsolutePath().normalize();
    try {
      return absolute.toRealPath();
    } catch (IOException e) {
      return absolute; // of an image that is drawn
    }
  }

  /// Those images of `some` that are in `many`, too.
  public static List<Item> common(FaceDataset some, FaceDataset many) {
    var places = new ImagePlaces();
    var wanted = some.items().map(item -> places.of(item.source())).collect(Collectors.toSet());
    var names = wanted.stream().map(ImagePlaces::name).collect(Collectors.toSet());
    var found = new HashSet<Path>();
    many.items()
        .map(Item::source)
        .filter(source -> names.contains(source.substring(source.lastIndexOf('/') + 1)))
        .map(places::of)
        .filter(wanted::contains)
        .forEach(found::add);
    return some.items().filter(item -> found.contains(places.of(item.source()))).toList();
  }

  private static String name(Path place) {
    var name = place.getFileName();
    return name == null ? "" : name.toString();
  }
}
