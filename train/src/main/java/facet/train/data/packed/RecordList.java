package facet.train.data.packed;

import static facet.train.error.Printable.format;

import facet.train.data.folder.DomainFolders;
import facet.train.data.folder.DomainFolders.Place;
import facet.train.text.TextFile;
import facet.train.text.TextList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// The list from which a `.rec` was packed, beside it under the name `.lst` as im2rec writes it:
/// lines `key label path`. RecordIO itself knows no domains; the folders in the paths do.
final class RecordList {
  /// Of the images whose paths say it.
  private final Map<Long, Place> places = new HashMap<>();

  private RecordList() {}

  /// The list that belongs to `rec`.
  static Path fileOf(Path rec) {
    return RecordFile.beside(rec, ".lst");
  }

  /// Reads the list beside `rec`; one that is not there says nothing.
  ///
  /// @param notes takes a line where no path has a folder of one domain
  static RecordList read(Path rec, DomainFolders domains, Consumer<String> notes) {
    var list = new RecordList();
    each(
        rec,
        (key, path) -> {
          var place = domains.namedIn(path);
          if (place != null) {
            list.places.put(key, place);
          }
        });
    if (list.places.isEmpty() && Files.isRegularFile(fileOf(rec))) {
      notes.accept(
          format(
              "%s: no path has a folder of easy or hard images (%s), so all are easy; --easy and"
                  + " --hard name others.",
              fileOf(rec), domains));
    }
    return list;
  }

  /// The keys of the images by their paths, with `/` between folders.
  static Map<String, Long> keys(Path rec) {
    var keys = new HashMap<String, Long>();
    each(rec, (key, path) -> keys.put(path, key));
    return keys;
  }

  /// Hands out the lines of the list beside `rec`, if it is there.
  private static void each(Path rec, BiConsumer<Long, String> image) {
    var file = fileOf(rec);
    if (Files.isRegularFile(file)) {
      TextList.each(
          file,
          "lines 'key label path'",
          line -> {
            var fields = line.fields(found -> found.size() >= 3);
            if (fields.size() < 3 || !fields.getFirst().matches("\\d{1,18}")) {
              throw line.wrong("'%s' is not 'key label path'", line.visible());
            }
            image.accept(Long.parseLong(fields.getFirst()), fields.getLast().replace('\\', '/'));
          });
    }
  }

  Place place(long key) {
    return places.getOrDefault(key, Place.EASY);
  }

  /// Writes the list of images with the keys 1, 2, ...
  ///
  /// @param paths of the images, from the folder that was packed
  static void write(Path rec, List<Integer> labels, List<Path> paths) {
    var text = new StringBuilder();
    for (var i = 0; i < paths.size(); i++) {
      text.append(i + 1).append('\t').append(labels.get(i)).append('\t');
      text.append(paths.get(i).toString().replace('\\', '/')).append('\n');
    }
    TextFile.write(fileOf(rec), text.toString());
  }
}
