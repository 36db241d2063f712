package facet.train.data.folder;

import facet.train.data.Domain;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which sub-folders of a person's folder hold easy images and which hard ones, whatever their
/// case.
public record DomainFolders(List<String> easy, List<String> hard) {
  /// `easy` or `frontal`, `hard` or `profile`.
  public static final DomainFolders DEFAULT =
      new DomainFolders(List.of("easy", "frontal"), List.of("hard", "profile"));

  public DomainFolders {
    easy = easy.stream().map(DomainFolders::lower).toList();
    hard = hard.stream().map(DomainFolders::lower).toList();
  }

  /// The domain a sub-folder of this name holds, null when the name is in neither list.
  public @Nullable Domain domainOf(String folder) {
    String name = lower(folder);
    if (easy.contains(name)) {
      return Domain.EASY;
    }
    return hard.contains(name) ? Domain.HARD : null;
  }

  private static String lower(String name) {
    return name.strip().toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return "easy: " + String.join("|", easy) + ", hard: " + String.join("|", hard);
  }
}
