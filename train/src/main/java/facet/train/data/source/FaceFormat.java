package facet.train.data.source;

import facet.train.data.CachedDataset;
import facet.train.data.FaceDataset;
import facet.train.data.Ordinals;
import facet.train.data.folder.DomainFolders;
import facet.train.data.folder.ImageFolder;
import facet.train.data.packed.RecordFaces;
import facet.train.data.synthetic.SyntheticFaces;
import facet.train.error.FacetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// A way to keep faces. A new one is an entry of [#ALL].
///
/// @param keeps whether what a path names is kept this way
/// @param hasFolders whether the names of folders say which of its images are hard
/// @param opens opens it
record FaceFormat(
    Predicate<Path> keeps,
    Predicate<Path> hasFolders,
    BiFunction<Path, Request, FaceDataset> opens) {
  /// All of them; the first that keeps a path is taken. The last takes any: a folder a person.
  static final List<FaceFormat> ALL =
      List.of(
          new FaceFormat(FaceFormat::isSynthetic, any -> false, FaceFormat::synthetic),
          new FaceFormat(
              FaceFormat::isRecordIo,
              path -> RecordFaces.hasList(file(path)),
              FaceFormat::recordIo),
          new FaceFormat(any -> true, any -> true, FaceFormat::folder));

  private static final Pattern SYNTHETIC =
      Pattern.compile("synthetic(-tones)?(?::([1-9]\\d{0,5}))?");
  private static final long SEED = 1;
  private static final int PEOPLE = 300;
  private static final int EASY = 8;
  private static final int HARD = 6;

  static FaceFormat of(Path path) {
    return ALL.stream().filter(format -> format.keeps.test(path)).findFirst().orElseThrow();
  }

  /// @param people of them to take
  /// @param domains which sub-folders hold which domain
  /// @param size side of the images in pixels, for faces that are drawn
  /// @param notes takes lines about what the user should know
  /// @param progress of looking for images
  record Request(
      Ordinals people,
      DomainFolders domains,
      int size,
      Consumer<String> notes,
      CachedDataset.Progress progress) {}

  /// The word `synthetic` in place of a path, or `synthetic:2000` for so many people: invented
  /// faces, always the same. `synthetic-tones`: the same people, in groups by the tone of their
  /// skin.
  static boolean isSynthetic(Path path) {
    return path.toString().matches("synthetic(-tones)?(:.*)?") && !Files.isDirectory(path);
  }

  private static FaceDataset synthetic(Path path, Request request) {
    var name = SYNTHETIC.matcher(path.toString());
    if (!name.matches()) {
      throw FacetException.usage(
          path + " is no number of people; write synthetic, or synthetic:2 to synthetic:999999.");
    }
    var people = name.group(2) == null ? PEOPLE : Integer.parseInt(name.group(2));
    var faces = new SyntheticFaces(SEED, people, EASY, HARD, request.size);
    var all = name.group(1) == null ? faces.dataset() : faces.byTone();
    return faces.chosen(all, request.people);
  }

  /// A RecordIO file, its index beside it; or the folder in which insightface keeps one.
  private static boolean isRecordIo(Path path) {
    return RecordFaces.isRecordFile(path)
        || Files.isRegularFile(path.resolve(RecordFaces.IN_FOLDER));
  }

  private static Path file(Path path) {
    return Files.isDirectory(path) ? path.resolve(RecordFaces.IN_FOLDER) : path;
  }

  private static FaceDataset recordIo(Path path, Request request) {
    if (Files.isDirectory(path)) {
      request.notes.accept(path + ": took " + RecordFaces.IN_FOLDER + " in it.");
    }
    return RecordFaces.open(file(path), request.people, request.domains, request.notes);
  }

  private static FaceDataset folder(Path path, Request request) {
    var files = ImageFolder.open(path, request.domains, request.people, request.progress);
    files.notes().forEach(request.notes);
    return files;
  }
}
