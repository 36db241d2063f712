package facet.train.cli;

import facet.train.FacetException;
import facet.train.data.FaceDataset;
import facet.train.data.Faces;
import facet.train.data.Ordinals;
import facet.train.data.PairList;
import facet.train.eval.EvalReport;
import facet.train.eval.Evaluation;
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
      paramLabel = "LIST",
      description = "Evaluate on these pairs: lines 'path path 1|0', or LFW's pairs.txt.")
  public @Nullable Path pairs;

  @Option(
      names = "--folds",
      paramLabel = "RANGES",
      description = "Only these folds of --pairs, counted from 1.")
  public @Nullable String folds;

  /// Validation data, opened.
  public record Data(String name, FaceDataset images, @Nullable PairList pairs) {
    /// Evaluates on it.
    public EvalReport evaluate(Evaluation evaluation) {
      return pairs == null
          ? evaluation.people(name, images)
          : evaluation.pairs(name, pairs, images);
    }
  }

  /// Opens the validation data, null if none was asked for.
  @Nullable Data open(DataOptions data, Faces faces) {
    var root = valData != null ? valData : data.data;
    if (pairs != null) {
      if (data.lowResolution != null) {
        throw FacetException.usage(
            "--pairs are images as they are; leave --low-resolution out, or use --val-people.");
      }
      if (root == null) {
        throw FacetException.usage("--pairs needs --data, the folder its paths start from.");
      }
      var list = PairList.read(pairs, root);
      var selected = folds == null ? list : list.select(Ordinals.parse(folds));
      return new Data(name(pairs), faces.cached(pairs.toString(), selected.images()), selected);
    }
    if (valData == null && valPeople == null) {
      return null;
    }
    if (root == null) {
      throw FacetException.usage("--val-people needs --data or --val-data.");
    }
    var people = valPeople == null ? Ordinals.ALL : Ordinals.parse(valPeople);
    return new Data(name(root), data.people(faces, root, people), null);
  }

  private static String name(Path path) {
    var file = path.toAbsolutePath().normalize().getFileName();
    return file == null ? "faces" : file.toString().replaceFirst("\\.[a-z]+$", "");
  }
}
