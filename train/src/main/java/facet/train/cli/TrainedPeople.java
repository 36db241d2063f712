package facet.train.cli;

import static facet.train.error.Printable.format;
import static java.text.Normalizer.Form.NFC;

import facet.train.config.ArmOptions;
import facet.train.config.Config;
import facet.train.data.FaceDataset;
import facet.train.data.FaceDataset.Item;
import facet.train.data.ImagePlaces;
import facet.train.data.Ordinals;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.eval.Protocol;
import facet.train.experiment.Trial;
import facet.train.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Warns of an evaluation on people whom the network was trained on, as the `config.yaml` of its
/// run tells: their figures say nothing of people whom it has never seen.
final class TrainedPeople {
  private final Faces faces;
  private final ImagePlaces places = new ImagePlaces();

  private TrainedPeople(Faces faces) {
    this.faces = faces;
  }

  /// Warns of what the run of `checkpoint` was trained on, and the runs that it began from. Says
  /// nothing where no run tells.
  static void warn(Path checkpoint, Protocol evaluated, Faces faces) {
    var known = new TrainedPeople(faces);
    var seen = new HashSet<Path>();
    for (@Nullable Path file = checkpoint; file != null; ) {
      var run = RunFolder.of(file);
      var options = seen.add(run.root()) ? options(run) : Optional.<ArmOptions>empty();
      options.ifPresent(found -> known.warn(run, found, evaluated));
      file = options.map(found -> found.train.run.init).orElse(null);
    }
  }

  /// The options of a run of `facet train`. What a trial of an experiment saw depends on its fold,
  /// too, which they do not tell.
  private static Optional<ArmOptions> options(RunFolder run) {
    if (!Files.isRegularFile(run.config()) || Trial.isIn(run)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Config.read(run.config(), new ArmOptions()));
    } catch (FacetException e) {
      return Optional.empty(); // of another program, or another version of this one
    }
  }

  private void warn(RunFolder run, ArmOptions options, Protocol evaluated) {
    var data = options.data.data;
    if (data == null) {
      return;
    }
    var isNear = isNear(data);
    var near = sets(evaluated).filter(set -> set.items().anyMatch(isNear)).toList();
    if (near.isEmpty()) {
      return;
    }
    var people = people(run, options, data);
    for (var set : near) {
      var known =
          set.items().map(Item::source).filter(source -> isIn(people, places.of(source))).toList();
      if (!known.isEmpty()) {
        faces
            .log()
            .accept(
                format(
                    "Warning: %,d of %,d images show people that %s was trained on, such as %s:"
                        + " their figures say nothing of people it has never seen.",
                    known.size(), set.size(), run.root(), known.getFirst()));
      }
    }
  }

  /// Whether an image may be one of `data`: it is drawn, too, or its place begins likewise.
  private Predicate<Item> isNear(Path data) {
    var root = ImagePlaces.real(data).toString();
    return Faces.isWord(data)
        ? item -> item.source().startsWith("synthetic")
        : item -> places.of(item.source()).toString().startsWith(root);
  }

  /// The images of a protocol, in sets.
  private static Stream<FaceDataset> sets(Protocol protocol) {
    return switch (protocol) {
      case Protocol.Several several -> several.sets().stream().flatMap(TrainedPeople::sets);
      case Protocol.Verification pairs -> Stream.of(pairs.images());
      case Protocol.Search search ->
          Stream.concat(Stream.of(search.gallery()), search.probes().values().stream());
      case Protocol.Templates templates -> Stream.of(templates.images());
    };
  }

  /// The folders of the people that were trained on, or their images where they have no folders.
  private Set<Path> people(RunFolder run, ArmOptions options, Path root) {
    var data = options.data;
    data.addHard(options.train.loss.branch.studentFolders());
    var chosen = data.people == null ? Ordinals.ALL : Ordinals.parsePeople(data.people);
    var wanted = data.domainFilter();
    var top = ImagePlaces.real(root);
    try {
      return faces
          .listed(root, data.domains(), chosen)
          .items()
          .filter(item -> wanted.test(item.domain()))
          .map(item -> place(item, top))
          .collect(Collectors.toSet());
    } catch (FacetException e) {
      faces
          .log()
          .accept(
              format(
                  "Whether %s was trained on these people cannot be told: %s",
                  run.root(), e.getMessage()));
      return Set.of();
    }
  }

  private Path place(Item item, Path top) {
    var image = places.of(item.source());
    for (var place = image.getParent();
        place != null && place.startsWith(top) && !place.equals(top);
        place = place.getParent()) {
      var name = place.getFileName();
      if (name != null && Normalizer.normalize(name.toString(), NFC).equals(item.name())) {
        return place;
      }
    }
    return image;
  }

  private static boolean isIn(Set<Path> places, Path image) {
    for (var place = image; place != null; place = place.getParent()) {
      if (places.contains(place)) {
        return true;
      }
    }
    return false;
  }
}
