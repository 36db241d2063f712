package facet.kernels.cuda;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;
import static org.junit.platform.launcher.MethodFilter.includeMethodNamePatterns;
import static org.junit.platform.launcher.TagFilter.includeTags;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/// Runs all tests with the tag `cuda` that are on the class path, without Maven: for machines that
/// have a GPU and nothing else (`kernels/gpu-check.sh`).
///
/// `java ... facet.kernels.cuda.CudaTests [pattern of package.Class#method]`; exit code 1 if a test
/// failed or none ran.
public final class CudaTests {
  private CudaTests() {}

  public static void main(String[] args) {
    var request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectPackage("facet"))
            .filters(
                includeTags("cuda"), includeMethodNamePatterns(args.length > 0 ? args[0] : ".*"))
            .build();
    var summaries = new SummaryGeneratingListener();
    var start = System.nanoTime();
    LauncherFactory.create().execute(request, summaries);
    var summary = summaries.getSummary();
    var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    summary.printFailuresTo(out, 10);
    out.printf(
        Locale.ROOT,
        "%d tests passed, %d failed, %d skipped in %.0f s%n",
        summary.getTestsSucceededCount(),
        summary.getTotalFailureCount(),
        summary.getTestsSkippedCount() + summary.getTestsAbortedCount(),
        (System.nanoTime() - start) / 1e9);
    var good = summary.getTotalFailureCount() == 0 && summary.getTestsSucceededCount() > 0;
    System.exit(good ? 0 : 1);
  }
}
