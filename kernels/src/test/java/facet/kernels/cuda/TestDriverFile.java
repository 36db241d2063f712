package facet.kernels.cuda;

import java.io.IOException;

/// Builds the test driver and prints its file, for `kernels/gpu-check.sh --dry-run`.
final class TestDriverFile {
  private TestDriverFile() {}

  public static void main(String[] args) throws IOException {
    System.out.println(TestDriverBuild.build().toAbsolutePath());
  }
}
