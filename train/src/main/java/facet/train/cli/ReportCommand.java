package facet.train.cli;

import facet.train.report.Report;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `facet report`.
@Command(
    name = "report",
    header = "Draws report.html of a run, or of several runs to compare.",
    description =
        "It has similarity histograms, ROC and training curves, the hardest pairs as pictures."
            + " One file that needs nothing else.",
    mixinStandardHelpOptions = true)
public final class ReportCommand implements Runnable {
  @Parameters(
      paramLabel = "RUN",
      description = "The run's folder, such as runs/demo; or one that holds the folders of runs.")
  private Path run = Path.of("");

  @Override
  public void run() {
    System.out.println("Report: " + Report.write(run));
  }
}
