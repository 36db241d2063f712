package facet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Defaults;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// The benchmarks of this build that JMH's options select.
record Suite(Options options) implements Contender {
  /// From five on, 95 % of a comparison's intervals hold the true ratio; of three, 75 %.
  private static final int LAUNCHES = 5;

  /// Runs all with JMH's own output.
  Results run() throws IOException {
    questions(); // JMH would not say that there are none
    var file = options.getResult().hasValue() ? Path.of(options.getResult().get()) : null;
    return run(new OptionsBuilder().parent(options), file);
  }

  @Override
  public Launch measure(Question question) throws IOException {
    return run(launch(question), null).launches().get(question).getFirst();
  }

  /// One launch of a question.
  ChainedOptionsBuilder launch(Question question) {
    var builder =
        new OptionsBuilder()
            .parent(PassedOn.options(options))
            .include("^" + Pattern.quote(question.benchmark()) + "$")
            .forks(1)
            .verbosity(VerboseMode.SILENT);
    question.params().forEach(builder::param);
    return builder;
  }

  private static Results run(ChainedOptionsBuilder builder, @Nullable Path keep)
      throws IOException {
    var file = keep == null ? Files.createTempFile("facet-bench", ".json") : keep;
    try {
      builder
          .addProfiler(Yardstick.class)
          .resultFormat(ResultFormatType.JSON)
          .result(file.toString())
          .shouldFailOnError(true);
      new Runner(builder.build()).run();
      return Results.read(file);
    } catch (RunnerException e) {
      throw new IOException("the benchmarks failed: " + e.getMessage(), e);
    } finally {
      if (keep == null) {
        Files.delete(file);
      }
    }
  }

  /// How many launches of each question are asked for.
  int launches() {
    return options.getForkCount().orElse(LAUNCHES);
  }

  /// Every selected benchmark with every choice of its parameters.
  ///
  /// @throws IOException if none is selected
  List<Question> questions() throws IOException {
    var silent = OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT);
    var includes =
        options.getIncludes().isEmpty()
            ? List.of(Defaults.INCLUDE_BENCHMARKS)
            : options.getIncludes();
    var questions = new ArrayList<Question>();
    for (var entry : BenchmarkList.defaultList().find(silent, includes, options.getExcludes())) {
      for (var params : choices(entry)) {
        questions.add(new Question(entry.getUsername(), params));
      }
    }
    if (questions.isEmpty()) {
      throw new IOException(
          "no benchmark matches " + String.join(" or ", includes) + "; -l lists their names");
    }
    return questions;
  }

  private List<Map<String, String>> choices(BenchmarkListEntry entry) {
    List<Map<String, String>> choices = List.of(Map.of());
    var declared = entry.getParams().orElse(Map.of());
    for (var param : declared.entrySet()) {
      var values = options.getParameter(param.getKey()).orElse(List.of(param.getValue()));
      var longer = new ArrayList<Map<String, String>>();
      for (var choice : choices) {
        for (var value : values) {
          var more = new TreeMap<>(choice);
          more.put(param.getKey(), value);
          longer.add(more);
        }
      }
      choices = longer;
    }
    return choices;
  }
}
