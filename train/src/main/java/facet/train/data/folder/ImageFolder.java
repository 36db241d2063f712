package facet.train.data.folder;

import static facet.train.error.Printable.format;

import facet.nn.io.FileKind;
import facet.train.data.CachedDataset;
import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.Failures;
import facet.train.data.Listing;
import facet.train.data.NaturalOrder;
import facet.train.data.Ordinals;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/// Finds the images of a folder that holds one folder per person:
///
///     root/<person>/<image>             an easy image
///     root/<person>/easy/<image>        an easy image  (or frontal/)
///     root/<person>/hard/<image>        a hard image   (or profile/)
///
/// People and images are taken in natural order (`s2` before `s10`). A root whose only sub-folder
/// holds the people stands for that sub-folder. Hidden files, what systems leave in folders and
/// files that are not images are passed over.
public final class ImageFolder {
  private static final Comparator<Path> BY_NAME =
      Comparator.comparing(ImageFolder::name, new NaturalOrder());

  /// What takes the place of bytes that are no letter.
  private static final char UNDECODABLE = '\ufffd';

  /// What systems leave in folders: archives of a Mac, thumbnails of a disk station, bins.
  private static final Set<String> JUNK =
      Set.of(
          "__MACOSX",
          "@eaDir",
          "@tmp",
          "@Recycle",
          "#recycle",
          "$RECYCLE.BIN",
          "System Volume Information",
          "lost+found",
          "__pycache__",
          "Thumbs.db",
          "desktop.ini");

  private static final int LISTERS = 16; // folders that are listed at a time
  private static final int TOLD = 1000; // folders between two updates of progress

  private final DomainFolders domains;
  private final List<Path> files = new ArrayList<>();
  private final List<FaceDataset.Item> items = new ArrayList<>();
  private final List<String> empty = new ArrayList<>();
  private final Map<String, Integer> others = new TreeMap<>();
  private String choice = "";

  private ImageFolder(DomainFolders domains) {
    this.domains = domains;
  }

  /// Everybody in `root`, with the usual names of sub-folders.
  public static ImageFiles open(Path root) {
    return open(root, DomainFolders.DEFAULT, Ordinals.ALL);
  }

  /// As [#open(Path, DomainFolders, Ordinals, CachedDataset.Progress)], in silence.
  public static ImageFiles open(Path root, DomainFolders domains, Ordinals people) {
    return open(root, domains, people, (done, total) -> {});
  }

  /// The chosen people in `root`, counted from 1 in natural order. The images are not opened.
  ///
  /// @param progress in folders
  /// @throws FacetException if there is no such folder, or nothing in it that could be used
  public static ImageFiles open(
      Path root, DomainFolders domains, Ordinals people, CachedDataset.Progress progress) {
    if (!Files.isDirectory(root)) {
      var kind = FileKind.of(root);
      var problem = kind == null ? "not a folder" : "it is " + kind + ", not a folder";
      throw FacetException.data(
          root,
          Files.exists(root) ? problem : "no such folder",
          "name the folder that holds one folder of images per person");
    }
    return new ImageFolder(domains).scan(root, people, progress);
  }

  private ImageFiles scan(Path root, Ordinals people, CachedDataset.Progress progress) {
    Path folder = descend(root);
    List<Path> persons =
        people.select(
            folders(folder),
            person -> Normalizer.normalize(name(person), Normalizer.Form.NFC),
            "people",
            folder);
    say(people, persons);
    int identity = 0;
    var names = new HashSet<String>();
    var contents = contents(persons, progress);
    for (var p = 0; p < persons.size(); p++) {
      var person = persons.get(p);
      if (!names.add(Normalizer.normalize(name(person), Normalizer.Form.NFC))) {
        throw FacetException.data(
            person,
            "two folders have this name, written in different forms of Unicode",
            "put their images into one");
      }
      int before = items.size();
      scanPerson(person, contents.get(p), identity);
      if (items.size() > before) {
        identity++;
      } else {
        empty.add(name(person));
      }
    }
    if (items.isEmpty()) {
      throw noImages(folder, persons.size());
    }
    return new ImageFiles(files, items, notes(root, folder));
  }

  /// Places are easily taken for names: says whom they chose.
  private void say(Ordinals people, List<Path> chosen) {
    if (!people.ranges().isEmpty()) {
      choice =
          format(
              "people %s by their place in the order of names: %s to %s",
              people, name(chosen.getFirst()), name(chosen.getLast()));
    }
  }

  /// What lies in a folder, in natural order.
  private record Content(List<Path> files, List<Path> folders) {
    static Content of(Path folder) {
      var parts = list(folder).stream().collect(Collectors.partitioningBy(Files::isDirectory));
      return new Content(parts.get(false), parts.get(true));
    }
  }

  /// Lists many folders at a time: a disk or a server that is far away answers slowly, but many
  /// questions at once.
  private static List<Content> contents(List<Path> folders, CachedDataset.Progress progress) {
    try (var pool =
        Executors.newFixedThreadPool(
            LISTERS, Thread.ofPlatform().daemon().name("facet-list-", 1).factory())) {
      try {
        var tasks = new ArrayList<Future<Content>>();
        folders.forEach(folder -> tasks.add(pool.submit(() -> Content.of(folder))));
        var contents = new ArrayList<Content>();
        for (var task : tasks) {
          contents.add(task.get());
          if (contents.size() % TOLD == 0 || contents.size() == folders.size()) {
            progress.update(contents.size(), folders.size());
          }
        }
        return contents;
      } catch (ExecutionException e) {
        throw Failures.rethrow(e.getCause());
      } catch (InterruptedException e) {
        throw Failures.interrupted("listing folders");
      } finally {
        pool.shutdownNow();
      }
    }
  }

  private void scanPerson(Path person, Content content, int identity) {
    addImages(content.files, person, identity, Domain.EASY, Domain.EASY.folder());
    for (Path sub : content.folders) {
      Domain domain = domains.domainOf(name(sub));
      if (domain == null) {
        throw FacetException.data(
            sub,
            "a person's sub-folder must be named after its domain (" + domains + ")",
            "rename it, or name it under --easy or --hard");
      }
      addImages(Content.of(sub).files, person, identity, domain, name(sub));
    }
  }

  private void addImages(List<Path> found, Path person, int identity, Domain domain, String kind) {
    for (Path file : found) {
      if (ImageFiles.isImage(file)) {
        files.add(file);
        items.add(new FaceDataset.Item(identity, name(person), domain, kind, file.toString()));
      } else {
        others.merge(ImageFiles.extension(file), 1, Integer::sum);
      }
    }
  }

  /// The folder that holds the people: `root`, or its only sub-folder if that holds folders which
  /// are not the domains of one person.
  private Path descend(Path root) {
    List<Path> below = folders(root);
    if (below.size() != 1 || list(root).stream().anyMatch(ImageFiles::isImage)) {
      return root;
    }
    List<Path> twoBelow = folders(below.getFirst());
    boolean people =
        !twoBelow.isEmpty() && twoBelow.stream().anyMatch(f -> domains.domainOf(name(f)) == null);
    return people ? below.getFirst() : root;
  }

  private FacetException noImages(Path folder, int persons) {
    if (list(folder).stream().anyMatch(ImageFiles::isImage)) {
      return FacetException.data(
          folder,
          "its images are not sorted by person",
          "put each person's images into a folder of its own: <person>/<image>");
    }
    String found =
        persons == 0 ? "holds no folders" : format("no images in its %,d folders", persons);
    return FacetException.data(
        folder,
        found + (others.isEmpty() ? "" : ", only " + describe(others.keySet())),
        "expected <person>/<image> with JPEG, PNG, BMP, GIF, WebP, PGM or PPM images");
  }

  private List<String> notes(Path root, Path folder) {
    var notes = new ArrayList<String>();
    if (!folder.equals(root)) {
      notes.add(root + ": took its only sub-folder " + name(folder) + " as the folder of people.");
    }
    if (!choice.isEmpty()) {
      notes.add(folder + ": " + choice + ".");
    }
    if (!empty.isEmpty()) {
      notes.add(
          format(
              "%s: %d people without images are left out: %s.",
              folder, empty.size(), Listing.of(empty, ", ")));
    }
    if (items.stream().allMatch(item -> domains.domainOf(item.name()) != null)) {
      notes.add(
          format(
              "Warning: %s: its people are called like domains, such as '%s'; if it is the folder"
                  + " of one person, name the one above.",
              folder, items.getFirst().name()));
    }
    var webp = files.stream().filter(f -> ImageFiles.extension(f).equals("webp")).count();
    if (webp > 0) {
      notes.add(
          format(
              "%s: %,d WebP images; where they are lossy, their colours are not quite OpenCV's.",
              folder, webp));
    }
    var unsupported = new TreeSet<>(others.keySet());
    unsupported.removeIf(extension -> !ImageFiles.isUnsupported(extension));
    if (!unsupported.isEmpty()) {
      notes.add(
          format(
              "Warning: %s: passed over %s: images of a kind that is not supported; convert them to"
                  + " PNG or JPEG.",
              folder, describe(unsupported)));
    }
    var rest = new TreeSet<>(others.keySet());
    rest.removeAll(unsupported);
    if (!rest.isEmpty()) {
      notes.add(folder + ": passed over " + describe(rest) + ", which are not images.");
    }
    return notes;
  }

  private String describe(Set<String> extensions) {
    var parts = new ArrayList<String>();
    for (var extension : extensions) {
      var name = extension.isEmpty() ? "others" : "." + extension;
      parts.add(format("%,d %s", others.get(extension), name));
    }
    return String.join(", ", parts);
  }

  private static List<Path> folders(Path folder) {
    return list(folder).stream().filter(Files::isDirectory).toList();
  }

  private static List<Path> list(Path folder) {
    try (var entries = Files.list(folder)) {
      return entries
          .peek(ImageFolder::requireWholeName)
          .filter(f -> !name(f).startsWith(".") && !JUNK.contains(name(f)))
          .sorted(BY_NAME)
          .toList();
    } catch (IOException e) {
      throw FacetException.unreadable(folder, "listed", e);
    }
  }

  /// Names in another encoding than UTF-8 lose the letters in which they differ.
  private static void requireWholeName(Path path) {
    if (name(path).indexOf(UNDECODABLE) >= 0) {
      throw FacetException.data(
          path, "its name is not valid UTF-8", "rename it, such as with convmv -f latin1 -t utf8");
    }
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }
}
