package facet.train.data.folder;

import facet.train.data.FaceDataset;
import facet.train.data.ListedPath;
import facet.train.error.FacetException;
import facet.train.text.TextList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;

/// Reads a list of images and whose face each is, a line each: `path person`, or only `path`, whose
/// first folder then names the person; fields as in a [TextList].
public final class ImageList {
  private ImageList() {}

  /// The images of `file`, whose paths start from `root`; its folders say
  /// which domain an image belongs to.
  public static ImageFiles read(Path file, Path root, DomainFolders domains) {
    var files = new ArrayList<Path>();
    var items = new ArrayList<FaceDataset.Item>();
    var people = new LinkedHashMap<String, Integer>();
    for (var line : TextList.read(file, "lines 'path person', or a folder of people")) {
      var fields = line.fields(found -> found.size() <= 2).toArray(String[]::new);
      if (fields.length > 2) {
        throw line.wrong("'%s' is not 'path person'", line.visible());
      }
      var image = ListedPath.in(root, fields[0], line.where());
      if (!Files.isRegularFile(image)) {
        throw FacetException.data(
            line.where(),
            "there is no image " + image,
            "add it, or name the folder that the list's paths start from with --data");
      }
      var relative = root.relativize(image);
      var name = fields.length == 2 ? fields[1] : relative.getName(0).toString();
      var identity = people.computeIfAbsent(name, n -> people.size());
      files.add(image);
      var place = domains.placeOf(relative.toString());
      items.add(
          new FaceDataset.Item(identity, name, place.domain(), place.kind(), image.toString()));
    }
    if (files.isEmpty()) {
      throw FacetException.data(file, "no images in it", "add lines 'path person'");
    }
    return new ImageFiles(files, items, java.util.List.of());
  }
}
