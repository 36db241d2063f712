package facet.train.data.source;

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
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// A way to keep faces. A new one is an entry of [#ALL].
interface FaceFormat {
  /// All of them; the first that opens a path is taken. The last opens any.
  List<FaceFormat> ALL = List.of(new Synthetic(), new RecordIo(), new Folders());

  /// Whether what `path` names is kept this way.
  boolean opens(Path path);

  /// The chosen people of `path`.
  FaceDataset open(Path path, Request request);

  /// @param domains which sub-folders hold which domain
  /// @param size side of the images in pixels, for faces that are drawn
  /// @param notes takes lines about what the user should know
  record Request(Ordinals people, DomainFolders domains, int size, Consumer<String> notes) {}

  /// The word `synthetic` in place of a path, or `synthetic:2000` for so many people: invented
  /// faces, always the same. `synthetic-tones`: the same people, in groups by the tone of their
  /// skin.
  final class Synthetic implements FaceFormat {
    private static final Pattern NAME = Pattern.compile("synthetic(-tones)?(?::([1-9]\\d{0,5}))?");
    private static final long SEED = 1;
    private static final int PEOPLE = 300;
    private static final int EASY = 8;
    private static final int HARD = 6;

    @Override
    public boolean opens(Path path) {
      return path.toString().matches("synthetic(-tones)?(:.*)?") && !Files.isDirectory(path);
    }

    @Override
    public FaceDataset open(Path path, Request request) {
      var name = NAME.matcher(path.toString());
      if (!name.matches()) {
        throw FacetException.usage(
            path + " is no number of people; write synthetic, or synthetic:2 to synthetic:999999.");
      }
      var people = name.group(2) == null ? PEOPLE : Integer.parseInt(name.group(2));
      var faces = new SyntheticFaces(SEED, people, EASY, HARD, request.size);
      var all = name.group(1) == null ? faces.dataset() : faces.byTone();
      return faces.chosen(all, request.people);
    }
  }

  /// A RecordIO file, its index beside it; or the folder in which insightface keeps one.
  final class RecordIo implements FaceFormat {
    @Override
    public boolean opens(Path path) {
      return RecordFaces.isRecordFile(path)
          || Files.isRegularFile(path.resolve(RecordFaces.IN_FOLDER));
    }

    @Override
    public FaceDataset open(Path path, Request request) {
      var file = path;
      if (Files.isDirectory(path)) {
        file = path.resolve(RecordFaces.IN_FOLDER);
        request.notes.accept(path + ": took " + RecordFaces.IN_FOLDER + " in it.");
      }
      return RecordFaces.open(file, request.people, request.domains, request.notes);
    }
  }

  /// A folder a person.
  final class Folders implements FaceFormat {
    @Override
    public boolean opens(Path path) {
      return true;
    }

    @Override
    public FaceDataset open(Path path, Request request) {
      var files = ImageFolder.open(path, request.domains, request.people);
      files.notes().forEach(request.notes);
      return files;
    }
  }
}
