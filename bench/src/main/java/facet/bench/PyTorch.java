package facet.bench;

import static facet.train.error.Printable.format;

import facet.train.text.Json;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.options.Options;

/// PyTorch in its strongest setting, through `bench/peer/peer.py`: a question a line goes in, JSON
/// in a line comes out: `threads` taken, and `seconds` of an operation and `cores` kept busy in
/// every iteration, or `null` if there is no counterpart.
final class PyTorch implements Contender {
  private final Process process;
  private final BufferedWriter questions;
  private final BufferedReader answers;

  /// @param options how many iterations to measure, and how long each
  PyTorch(String python, Path script, Options options) throws IOException {
    var seconds =
        options.getMeasurementTime().hasValue()
            ? options.getMeasurementTime().get().convertTo(TimeUnit.MILLISECONDS) * 1e-3
            : 1;
    var iterations = options.getMeasurementIterations().orElse(5);
    process =
        new ProcessBuilder(
                python,
                script.toString(),
                "--serve",
                "--seconds=" + seconds,
                "--iterations=" + iterations)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    questions = process.outputWriter();
    answers = process.inputReader();
    if (!"ready".equals(answers.readLine())) {
      throw new IOException(
          python + " cannot run PyTorch, see above; name one that can with --python");
    }
  }

  /// @throws IOException also if PyTorch did not take as many threads as it was asked to
  @Override
  public @Nullable Launch measure(Question question) throws IOException {
    questions.write(line(question));
    questions.newLine();
    questions.flush();
    var answer = answers.readLine();
    if (answer == null) {
      throw new IOException("PyTorch stopped at " + question + ", see above");
    }
    if (answer.equals("null")) {
      return null;
    }
    try {
      var json = JsonValues.map(Json.parse(answer));
      var threads = (int) JsonValues.number(json.get("threads"));
      if (threads != question.cores()) {
        throw new IOException(
            format(
                "PyTorch runs %s on %d threads, asked for %d; see torch.set_num_threads in peer.py",
                question, threads, question.cores()));
      }
      return Launch.of(
          JsonValues.numbers(json.get("seconds")), JsonValues.numbers(json.get("cores")));
    } catch (IllegalArgumentException e) {
      throw new IOException("PyTorch answers " + question + " with '" + answer + "'", e);
    }
  }

  /// `Gemm.multiply product=512x512x512 threads=2`: all parameters, and how many threads to take.
  private static String line(Question question) {
    var params = new TreeMap<>(question.params());
    params.put("threads", Integer.toString(question.cores()));
    return params.entrySet().stream()
        .map(e -> " " + e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining("", question.subject() + "." + question.verb(), ""));
  }

  @Override
  public void close() {
    process.destroy();
  }
}
