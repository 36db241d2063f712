package facet.train;

import facet.train.cli.GivenOptions;
import facet.train.cli.HelpGroups;
import facet.train.cli.Program;
import facet.train.config.Config;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.error.Printable;
import facet.train.run.Interrupt;
import facet.train.run.StandardOutput;
import java.io.File;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The process: runs [Program] and turns its outcome into an exit code.
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    var interrupt = new Interrupt(ExitCode.INTERRUPTED.code());
    interrupt.install();
    var output = StandardOutput.install();
    var code = run(interrupt, arguments);
    var problem = output.problem();
    if (problem != null) {
      System.err.println("Standard output could not be written (" + problem + ").");
      code = code == ExitCode.OK.code() ? ExitCode.DISK.code() : code;
    }
    interrupt.exit(code);
  }

  /// Runs the program in this JVM without handling signals and returns its exit code.
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
    var program = new Program(interrupt);
    var commandLine = new CommandLine(program);
    HelpGroups.install(commandLine);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExpandAtFiles(false); // a file may be called @x
    commandLine.registerConverter(Path.class, Main::path);
    commandLine.setParameterExceptionHandler(Main::usageError);
    commandLine.setExecutionExceptionHandler(
        (e, command, parsed) -> failure(e, command.getErr(), program.debug()));
    commandLine.setExecutionStrategy(
        parsed -> {
          try {
            GivenOptions.check(parsed);
          } catch (FacetException e) {
            throw new ParameterException(commandLine, e.getMessage(), e);
          }
          return new CommandLine.RunLast().execute(parsed);
        });
    if (arguments.length == 0) {
      commandLine.usage(commandLine.getOut());
      return ExitCode.USAGE.code();
    }
    try {
      Config.install(commandLine, arguments);
      return commandLine.execute(arguments);
    } catch (FacetException | Error e) {
      return failure(e, commandLine.getErr(), program.debug());
    }
  }

  /// What an unset variable of a script leaves is no path, above all not the folder one is in.
  private static Path path(String text) {
    if (text.isBlank()) {
      throw new TypeConversionException("an empty path");
    }
    return Path.of(text);
  }

  /// Whether names of files survive this encoding of theirs. Windows has them in UTF-16.
  static boolean namesAreWhole(@Nullable String encoding) {
    return "UTF-8".equalsIgnoreCase(encoding) || File.separatorChar == '\\';
  }

  private static int usageError(ParameterException e, String[] arguments) {
    var err = e.getCommandLine().getErr();
    if (e.getCause() instanceof FacetException cause) {
      err.println(cause.getMessage());
      return cause.exitCode().code();
    }
    err.println(Printable.lines(Config.origin(e) + e.getMessage()));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.USAGE.code();
  }

  /// Prints what went wrong: one line when the user can do something about it, else a stack trace.
  static int failure(Throwable e, PrintWriter err, boolean debug) {
    var code = ExitCode.of(e);
    if (e instanceof OutOfMemoryError) {
      err.printf(
          Locale.ROOT,
          "Out of memory (%s): Facet has %d MiB, the most that this machine or container gives it"
              + " unless JDK_JAVA_OPTIONS says otherwise; lower --batch-size or --size.%n",
          e.getMessage(),
          Runtime.getRuntime().maxMemory() >> 20);
    } else if (code == ExitCode.BUG) {
      err.println("This is a bug in Facet; please report it with the lines below.");
    } else {
      err.println(Printable.lines(String.valueOf(e.getMessage())));
    }
    if (debug || code == ExitCode.BUG) {
      e.printStackTrace(err);
    }
    return code.code();
  }
}
