package facet.train.config;

import facet.nn.loss.DdlBatch;
import facet.train.data.FaceDataset;
import facet.train.data.batch.Branch;
import facet.train.data.batch.PairingList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What batches of easy and hard images are made of.
public final class BranchOptions {
  private static final String WITHIN = "within";
  private static final String ACROSS = "across";

  @Option(
      names = "--ddl-branch",
      paramLabel = "N",
      description =
          "Singles and pairs of each branch in a batch of easy and hard images (3 N images a "
              + "branch). Default: ${DEFAULT-VALUE}.")
  public int size = 8;

  @Option(
      names = "--students",
      paramLabel = "K|NAMES",
      description =
          "The branches of the hard images: one for each of these sub-folders, such as d1,d2,d3,"
              + " which need not be named under --hard then; or, with --low-resolution, K of them"
              + " by resolution. Default: ${DEFAULT-VALUE}.")
  public String students = "1";

  @Option(
      names = "--ddl-hard-pairs",
      paramLabel = "KIND|FILE",
      description =
          "Of what the pairs of hard branches are: within, two hard images (the paper); across, an"
              + " easy and a hard one; or those of a list, lines 'path path' (paths from --data) of"
              + " two hard images of a person, or an easy and a hard one. Default:"
              + " ${DEFAULT-VALUE}.")
  public Path hardPairs = Path.of(WITHIN);

  private Path root = Path.of("");

  void check() {
    Checks.positive("ddl-branch", size);
    if (students.matches("\\d+") && !students.matches("0*[1-9]\\d{0,5}")) {
      throw Checks.wrong("students", students, "a number above 0, or names of sub-folders");
    }
    var folders = studentFolders().stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    if (Set.copyOf(folders).size() < folders.size() || folders.contains("")) {
      throw Checks.wrong("students", students, "names of sub-folders, each once");
    }
    if (listsPairs() && !Files.isRegularFile(hardPairs)) {
      throw Checks.wrong(
          "ddl-hard-pairs", hardPairs, "within, across or a file of " + PairingList.LINES);
    }
  }

  /// Says where the paths of a list of pairs start from.
  public void pathsFrom(@Nullable Path folder) {
    root = folder == null ? Path.of("") : folder;
  }

  private boolean listsPairs() {
    return !List.of(WITHIN, ACROSS).contains(hardPairs.toString());
  }

  /// The list of pairs, null if a word says what they are.
  public @Nullable Path pairList() {
    return listsPairs() ? hardPairs : null;
  }

  /// The sub-folders that `--students` names; none if it is a number.
  public List<String> studentFolders() {
    return students.matches("\\d+")
        ? List.of()
        : Arrays.stream(students.split(",")).map(String::strip).toList();
  }

  /// Images of a batch: single ones and pairs of each branch.
  int batchSize() {
    var folders = studentFolders().size();
    var branches = 1 + (folders == 0 ? Integer.parseInt(students) : folders);
    return new DdlBatch(size, branches).size();
  }

  /// What batches of easy and hard images are drawn from: the teacher, then its students.
  ///
  /// @param log takes a line about a list of pairs
  public List<Branch> branches(FaceDataset data, Consumer<String> log) {
    var folders = studentFolders();
    var found =
        folders.isEmpty()
            ? Branch.teacherAndStudents(data, Integer.parseInt(students))
            : Branch.teacherAndStudents(data, folders);
    var teacher = found.getFirst();
    return switch (hardPairs.toString()) {
      case WITHIN -> found;
      case ACROSS ->
          found.stream()
              .map(branch -> branch == teacher ? branch : branch.across(teacher, data))
              .toList();
      default -> PairingList.pair(hardPairs, root, data, found, log);
    };
  }
}
