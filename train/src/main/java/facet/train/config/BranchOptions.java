package facet.train.config;

import facet.train.data.FaceDataset;
import facet.train.data.batch.Branch;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Option;

/// What batches of easy and hard images are made of.
public final class BranchOptions {
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
      paramLabel = "KIND",
      description =
          "Of what the pairs of hard branches are: within, two hard images (the paper); across, an"
              + " easy and a hard one. Default: ${DEFAULT-VALUE}.")
  public String hardPairs = "within";

  void check() {
    Checks.positive("ddl-branch", size);
    if (students.matches("\\d+") && !students.matches("0*[1-9]\\d{0,5}")) {
      throw Checks.wrong("students", students, "a number above 0, or names of sub-folders");
    }
    var folders = studentFolders().stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    if (Set.copyOf(folders).size() < folders.size() || folders.contains("")) {
      throw Checks.wrong("students", students, "names of sub-folders, each once");
    }
    hardPairsAcross();
  }

  private boolean hardPairsAcross() {
    return switch (hardPairs) {
      case "within" -> false;
      case "across" -> true;
      default -> throw Checks.wrong("ddl-hard-pairs", hardPairs, "within or across");
    };
  }

  /// The sub-folders that `--students` names; none if it is a number.
  public List<String> studentFolders() {
    return students.matches("\\d+")
        ? List.of()
        : Arrays.stream(students.split(",")).map(String::strip).toList();
  }

  /// What batches of easy and hard images are drawn from: the teacher, then its students.
  public List<Branch> branches(FaceDataset data) {
    var folders = studentFolders();
    var found =
        folders.isEmpty()
            ? Branch.teacherAndStudents(data, Integer.parseInt(students))
            : Branch.teacherAndStudents(data, folders);
    if (!hardPairsAcross()) {
      return found;
    }
    var teacher = found.getFirst();
    return found.stream()
        .map(branch -> branch == teacher ? branch : branch.across(teacher, data))
        .toList();
  }
}
