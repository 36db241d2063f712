package facet.train.config;

import facet.train.data.Ordinals;
import facet.train.data.folder.PairList;
import facet.train.data.packed.VerificationBin;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.eval.Protocol;
import java.nio.file.Path;
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
      paramLabel = "RANGES",
      description = "Evaluate on these people, such as 31-40: all pairs of their images.")
  public @Nullable String valPeople;

  @Option(
      names = "--pairs",
      paramLabel = "LIST|FILE.bin",
      description =
          "Evaluate on these pairs: lines 'path path 1|0', LFW's pairs.txt, or a verification set"
              + " such as lfw.bin.")
  public @Nullable Path pairs;

  @Option(
      names = "--folds",
      paramLabel = "RANGES",
      description = "Only these folds of --pairs, counted from 1.")
  public @Nullable String folds;

  /// Opens the validation data, null if none was asked for.
  public Protocol.@Nullable Verification open(DataOptions data, Faces faces) {
    var root = valData != null ? valData : data.data;
    if (pairs != null && VerificationBin.isBin(pairs)) {
      return open(VerificationBin.read(pairs).pairs(), pairs, faces);
    }
    if (pairs != null) {
      if (data.lowResolution != null) {
        throw FacetException.usage(
            "--pairs are images as they are; leave --low-resolution out, or use --val-people.");
      }
      if (root == null) {
        throw FacetException.usage("--pairs needs --data, the folder its paths start from.");
      }
      return open(PairList.read(pairs, root), pairs, faces);
    }
    if (valData == null && valPeople == null) {
      return null;
    }
    if (root == null) {
      throw FacetException.usage("--val-people needs --data or --val-data.");
    }
    var people = valPeople == null ? Ordinals.ALL : Ordinals.parse(valPeople);
    return new Protocol.AllPairsOf(name(root), data.people(faces, root, people));
  }

  private Protocol.Verification open(PairList list, Path file, Faces faces) {
    var selected = folds == null ? list : list.select(Ordinals.parse(folds));
    return new Protocol.ListedPairs(
        name(file), selected, faces.cached(file.toString(), selected.images()));
  }

  private static String name(Path path) {
    var file = path.toAbsolutePath().normalize().getFileName();
    return file == null ? "faces" : file.toString().replaceFirst("\\.[a-z]+$", "");
  }
}
