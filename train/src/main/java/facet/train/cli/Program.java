package facet.train.cli;

import facet.train.run.Environment;
import facet.train.run.Interrupt;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The program: one subcommand a task.
@Command(
    name = "facet",
    description = "Trains face-recognition networks that also work on hard samples.",
    mixinStandardHelpOptions = true,
    version = "facet " + Environment.VERSION,
    subcommands = {
      DemoCommand.class,
      TrainCommand.class,
      EvalCommand.class,
      EmbedCommand.class,
      CompareCommand.class,
      ExportCommand.class,
      ExperimentCommand.class,
      ReportCommand.class,
      AlignCommand.class,
      PackCommand.class,
      DoctorCommand.class,
      HelpCommand.class
    })
public final class Program {
  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean debug;

  private final Interrupt interrupt;

  public Program(Interrupt interrupt) {
    this.interrupt = interrupt;
  }

  /// Whether errors are shown with their stack trace.
  public boolean debug() {
    return debug;
  }

  /// Tells commands that run long when to stop.
  Interrupt interrupt() {
    return interrupt;
  }
}
