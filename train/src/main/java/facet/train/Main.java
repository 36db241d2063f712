package facet.train;

import facet.kernels.DeviceException;
import facet.nn.io.DiskException;
import facet.nn.io.SafetensorsException;
import facet.train.cli.AlignCommand;
import facet.train.cli.DemoCommand;
import facet.train.cli.DoctorCommand;
import facet.train.cli.EmbedCommand;
import facet.train.cli.EvalCommand;
import facet.train.cli.ExperimentCommand;
import facet.train.cli.ExportCommand;
import facet.train.cli.PackCommand;
import facet.train.cli.ReportCommand;
import facet.train.cli.TrainCommand;
import facet.train.config.Config;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.run.Environment;
import facet.train.run.Interrupt;
import java.io.File;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
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
    version = "facet " + Environment.VERSION,
    subcommands = {
      DemoCommand.class,
      TrainCommand.class,
      EvalCommand.class,
      EmbedCommand.class,
      ExportCommand.class,
      ExperimentCommand.class,
      ReportCommand.class,
      AlignCommand.class,
      PackCommand.class,
      DoctorCommand.class,
      HelpCommand.class
    })
public final class Main {
  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  boolean debug;

  private final Interrupt interrupt;

  private Main(Interrupt interrupt) {
    this.interrupt = interrupt;
  }

  public static void main(String[] arguments) {
    var interrupt = new Interrupt(ExitCode.INTERRUPTED.code());
    interrupt.install();
    interrupt.exit(run(interrupt, arguments));
  }

  /// Runs the program in this JVM, without minding signals, and returns its exit code.
  public static int run(String... arguments) {
    return run(new Interrupt(ExitCode.INTERRUPTED.code()), arguments);
  }

  private static int run(Interrupt interrupt, String... arguments) {
    Locale.setDefault(Locale.ROOT); // for libraries; Facet itself names it wherever it formats
    var names = System.getProperty("sun.jnu.encoding");
    if (!namesAreWhole(names)) {
      System.err.printf(
          Locale.ROOT,
          "In this locale Java reads the names of files as %s and loses letters; set"
              + " LC_ALL=C.UTF-8, or start Facet by its launcher.%n",
          names);
      return ExitCode.USAGE.code();
    }
    var main = new Main(interrupt);
    var commandLine = new CommandLine(main).setOverwrittenOptionsAllowed(true);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setParameterExceptionHandler(Main::usageError);
    commandLine.setExecutionExceptionHandler(
        (e, command, parsed) -> failure(e, command.getErr(), main.debug));
    if (arguments.length == 0) {
      commandLine.usage(commandLine.getOut());
      return ExitCode.USAGE.code();
    }
    try {
      Config.install(commandLine, arguments);
      return commandLine.execute(arguments);
    } catch (FacetException | Error e) {
      return failure(e, commandLine.getErr(), main.debug);
    }
  }

  /// Whether names of files survive this encoding of theirs. Windows has them in UTF-16.
  static boolean namesAreWhole(@Nullable String encoding) {
    return "UTF-8".equalsIgnoreCase(encoding) || File.separatorChar == '\\';
  }

  /// Tells commands that run long when to stop.
  public Interrupt interrupt() {
    return interrupt;
  }

  private static int usageError(ParameterException e, String[] arguments) {
    var err = e.getCommandLine().getErr();
    if (e.getCause() instanceof FacetException cause) {
      err.println(cause.getMessage());
      return cause.exitCode().code();
    }
    err.println(Config.origin(e) + e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.USAGE.code();
  }

  /// Prints what went wrong: one line when the user can do something about it, else a stack trace.
  static int failure(Throwable e, PrintWriter err, boolean debug) {
    var code = exitCode(e);
    if (e instanceof OutOfMemoryError) {
      err.printf(
          Locale.ROOT,
          "Out of memory (%s) with a heap of %d MiB: give Java more, such as"
              + " JDK_JAVA_OPTIONS=-Xmx8g, or lower --batch-size or --size.%n",
          e.getMessage(),
          Runtime.getRuntime().maxMemory() >> 20);
    } else if (code == ExitCode.BUG) {
      err.println("This is a bug in Facet; please report it with the lines below.");
    } else {
      err.println(e.getMessage());
    }
    if (debug || code == ExitCode.BUG) {
      e.printStackTrace(err);
    }
    return code.code();
  }

  private static ExitCode exitCode(Throwable e) {
    return switch (e) {
      case FacetException expected -> expected.exitCode();
      case DeviceException device -> ExitCode.DEVICE;
      case OutOfMemoryError memory -> ExitCode.DEVICE;
      case DiskException disk -> ExitCode.DISK;
      case SafetensorsException file -> ExitCode.DATA;
      case UncheckedIOException wrapped when wrapped.getCause() != null ->
          exitCode(wrapped.getCause());
      default -> ExitCode.BUG;
    };
  }
}
