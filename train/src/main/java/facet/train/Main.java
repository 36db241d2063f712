package facet.train;

import facet.kernels.DeviceException;
import facet.train.cli.DemoCommand;
import facet.train.cli.DoctorCommand;
import facet.train.cli.EmbedCommand;
import facet.train.cli.EvalCommand;
import facet.train.cli.ExportCommand;
import facet.train.cli.TrainCommand;
import facet.train.config.Config;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/// The program: one subcommand a task.
@Command(
    name = "facet",
    description = "Trains face-recognition networks that also work on hard samples.",
    mixinStandardHelpOptions = true,
    version = "facet 0.1.0",
    subcommands = {
      DemoCommand.class,
      TrainCommand.class,
      EvalCommand.class,
      EmbedCommand.class,
      ExportCommand.class,
      DoctorCommand.class,
      HelpCommand.class
    })
public final class Main {
  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  boolean debug;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /// Runs the program in this JVM and returns its exit code.
  public static int run(String... arguments) {
    var main = new Main();
    var commandLine = new CommandLine(main).setOverwrittenOptionsAllowed(true);

    commandLine.setParameterExceptionHandler(Main::usageError);
    commandLine.setExecutionExceptionHandler(
        (e, command, parsed) -> failure(e, command.getErr(), main.debug));
    if (arguments.length == 0) {
      commandLine.usage(commandLine.getOut());
      return ExitCode.USAGE.code();
    }
    try {
      Config.install(commandLine, arguments);
    } catch (FacetException e) {
      return failure(e, commandLine.getErr(), false);
    }
    return commandLine.execute(arguments);
  }

  private static int usageError(ParameterException e, String[] arguments) {
    var err = e.getCommandLine().getErr();
    if (e.getCause() instanceof FacetException cause) {
      err.println(cause.getMessage());
      return cause.exitCode().code();
    }
    err.println(e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.USAGE.code();
  }

  private static int failure(Exception e, PrintWriter err, boolean debug) {
    if (e instanceof DeviceException device) {
      return failure(
          new FacetException(ExitCode.DEVICE, device.getMessage(), device), err, debug);
    }
    if (e instanceof FacetException expected) {
      err.println(expected.getMessage());
      if (debug) {
        e.printStackTrace(err);
      }
      return expected.exitCode().code();
    }
    err.println("This is a bug in Facet; please report it with the lines below.");
    e.printStackTrace(err);
    return ExitCode.BUG.code();
  }
}
