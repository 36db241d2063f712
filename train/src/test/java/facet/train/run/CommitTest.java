package facet.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommitTest {
  @TempDir Path temp;
  private Path checkout = Path.of("");
  private Path git = Path.of("");

  @BeforeEach
  void initialize() throws IOException {
    checkout = temp.resolve("checkout");
    git = Files.createDirectories(checkout.resolve(".git"));
    Files.writeString(git.resolve("HEAD"), "ref: refs/heads/main\n");
  }

  @Test
  void branchesAreFollowed() throws IOException {
    assertThat(Commit.of(checkout)).isEqualTo("unknown"); // no commit yet
    Files.writeString(git.resolve("packed-refs"), "# pack-refs\nabc123 refs/heads/main\n");
    assertThat(Commit.of(checkout)).isEqualTo("abc123");
    Files.createDirectories(git.resolve("refs/heads"));
    Files.writeString(git.resolve("refs/heads/main"), "def456\n");
    assertThat(Commit.of(checkout)).isEqualTo("def456");
    Files.writeString(git.resolve("HEAD"), "789abc\n");
    assertThat(Commit.of(checkout)).isEqualTo("789abc");
  }

  @Test
  void aFurtherWorkTreeHasItsOwnHead() throws IOException {
    Files.createDirectories(git.resolve("refs/heads"));
    Files.writeString(git.resolve("refs/heads/side"), "def456\n");
    var own = Files.createDirectories(git.resolve("worktrees/side"));
    Files.writeString(own.resolve("HEAD"), "ref: refs/heads/side\n");
    Files.writeString(own.resolve("commondir"), "../..\n");
    var tree = Files.createDirectories(temp.resolve("side"));
    Files.writeString(tree.resolve(".git"), "gitdir: " + own + "\n");
    assertThat(Commit.of(tree)).isEqualTo("def456");
  }

  @Test
  void theRepositoryAroundIsSomebodyElses() throws IOException {
    Files.writeString(git.resolve("HEAD"), "789abc\n");
    var inside = Files.createDirectories(checkout.resolve("tools/facet"));
    assertThat(Commit.of(inside)).isEqualTo("unknown");
  }
}
