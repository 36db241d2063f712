package facet.train.config;

import static facet.train.error.Printable.format;

import facet.train.data.FaceDataset;
import facet.train.data.ImagePlaces;
import facet.train.data.Ordinals;
import facet.train.data.folder.PairList;
import facet.train.data.packed.VerificationBin;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.eval.Protocol;
import facet.train.run.FileName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a network is evaluated on: other people of the same folder, another folder, or a list of
/// pairs.
public final class ValidationOptions {
  @Option(
      names = "--val-data",
      paramLabel = "DIR",
      description = "Faces of the people to evaluate on. Default: --data.")
  public @Nullable Path valData;

  @Option(
      names = "--val-people",
      paramLabel = "PEOPLE",
      description =
          "Evaluate on these people, chosen as by --people, such as 31-40: all pairs of their"
              + " images.")
  public @Nullable String valPeople;

  @Option(
      names = "--pairs",
      paramLabel = "LIST|FILE.bin",
      split = ",",
      description =
          "Evaluate on these pairs: lines 'path path 1|0', LFW's pairs.txt, or a verification set"
              + " such as lfw.bin. Several, with commas between, are evaluated one after the other;"
              + " the mean of their accuracies decides which checkpoint is the best.")
  public List<Path> pairs = List.of();

  @Option(
      names = "--folds",
      paramLabel = "RANGES",
      description = "Only these folds of --pairs, counted from 1.")
  public @Nullable String folds;

  /// Opens the validation data, null if none was asked for.
  public Protocol.@Nullable Verification open(DataOptions data, Faces faces) {
    var root = valData != null ? valData : data.data;
    var sets = new ArrayList<Protocol.Verification>();
    for (var file : pairs) {
      sets.add(open(file, root, data, faces));
    }
    if (!sets.isEmpty()) {
      return sets.size() == 1 ? sets.getFirst() : new Protocol.Several(sets);
    }
    if (valData == null && valPeople == null) {
      return null;
    }
    if (root == null) {
      throw FacetException.usage("--val-people needs --data or --val-data.");
    }
    var people = valPeople == null ? Ordinals.ALL : Ordinals.parsePeople(valPeople);
    return new Protocol.AllPairsOf(name(root), data.people(faces, root, people));
  }

  /// One of `--pairs`.
  private Protocol.Verification open(
      Path file, @Nullable Path root, DataOptions data, Faces faces) {
    if (VerificationBin.isBin(file)) {
      return open(VerificationBin.read(file).pairs(), file, faces);
    }
    if (data.lowResolution != null) {
      throw FacetException.usage(
          "--pairs are images as they are; leave --low-resolution out, or use --val-people.");
    }
    if (root == null) {
      throw FacetException.usage("--pairs needs --data, the folder its paths start from.");
    }
    return open(PairList.read(file, root, data.domains()), file, faces);
  }

  private Protocol.Verification open(PairList list, Path file, Faces faces) {
    var selected = folds == null ? list : list.select(Ordinals.parse(folds));
    selected.doubts().forEach(doubt -> faces.log().accept("Warning: " + doubt));
    return new Protocol.ListedPairs(
        name(file), selected, faces.cached(file.toString(), selected.images()));
  }

  /// Refuses to evaluate on images that are trained on, too, or warns of it.
  ///
  /// @param allowed whether it only warns
  /// @throws FacetException with an example
  public void requireApart(
      FaceDataset trained, Protocol.Verification evaluated, boolean allowed, Consumer<String> log) {
    var sets = evaluated instanceof Protocol.Several several ? several.sets() : List.of(evaluated);
    for (var set : sets) {
      var images = set.images();
      var found = ImagePlaces.common(images, trained);
      if (!found.isEmpty()) {
        var what =
            format(
                "%s: %,d of its %,d images are trained on, too, such as %s",
                set.name(), found.size(), images.size(), found.getFirst().source());
        if (!allowed) {
          throw FacetException.usage(what + "; evaluate on others, or say --allow-overlap.");
        }
        log.accept("Warning: " + what + ".");
      }
    }
  }

  private static String name(Path path) {
    var stem = FileName.stem(path);
    return stem.isEmpty() ? "faces" : stem;
  }
}
