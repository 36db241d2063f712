package facet.train.cli;

import facet.train.run.Environment;
import facet.train.run.Interrupt;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The program: one subcommand a task.
@Command(
    name = "facet",
    description = "Trains face-recognition networks that also work on hard samples.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nBeside these, the launcher has:%n",
    footer = {
      "  bench       Measures the speed of kernels, losses and training steps.",
      "  java FILE   Runs a Java file of your own on the engine.",
      "  ranks ...   Lets the ranks of 'mpirun' save at Ctrl-C and SIGTERM."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:It is done.",
      "1:A bug of Facet.",
      "2:The command line or a configuration is wrong.",
      "3:Data are missing, unreadable or unsuitable.",
      "4:The device is absent or failed, or the memory does not suffice.",
      "5:The training diverged.",
      "6:The disk is full, or may not be written to.",
      "75:It was stopped by a signal or --max-time; a training past its first step has saved,"
          + " and --resume goes on."
    },
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
      AutoComplete.GenerateCompletion.class,
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
