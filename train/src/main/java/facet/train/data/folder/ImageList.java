package facet.train.data.folder;

import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.ListedPath;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;

/// Reads a list of images and whose face each is, a line each: `path person`, or only `path`, whose
/// first folder then names the person. Fields are separated by tabs, else by spaces.
public final class ImageList {
  private ImageList() {}

  /// The images of `file`, whose paths start from `root`; a path with a folder named after the hard
  /// domain is hard.
  public static ImageFiles read(Path file, Path root, DomainFolders domains) {
    var files = new ArrayList<Path>();
    var items = new ArrayList<FaceDataset.Item>();
    var people = new LinkedHashMap<String, Integer>();
    var number = 0;
    for (var line : lines(file)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      var fields = line.strip().split(line.contains("\t") ? "\t+" : "\\s+");
      if (fields.length > 2) {
        throw FacetException.data(
            file + ":" + number,
            String.format(Locale.ROOT, "'%s' is not 'path person'", line),
            "correct the line");
      }
      var image = ListedPath.in(root, fields[0], file + ":" + number);
      if (!Files.isRegularFile(image)) {
        throw FacetException.data(
            file + ":" + number,
            "there is no image " + image,
            "add it, or name the folder that the list's paths start from with --data");
      }
      var name = fields.length == 2 ? fields[1] : Path.of(fields[0]).getName(0).toString();
      var identity = people.computeIfAbsent(name, n -> people.size());
      files.add(image);
      items.add(new FaceDataset.Item(identity, name, domain(fields[0], domains), image.toString()));
    }
    if (files.isEmpty()) {
      throw FacetException.data(file, "no images in it", "add lines 'path person'");
    }
    return new ImageFiles(files, items, java.util.List.of());
  }

  private static Domain domain(String path, DomainFolders domains) {
    for (var part : Path.of(path)) {
      if (domains.domainOf(part.toString()) == Domain.HARD) {
        return Domain.HARD;
      }
    }
    return Domain.EASY;
  }

  private static java.util.List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw FacetException.data(
          file,
          Files.exists(file) ? "not a readable text file" : "no such file",
          "name a folder of people or a list of lines 'path person'",
          e);
    }
  }
}
