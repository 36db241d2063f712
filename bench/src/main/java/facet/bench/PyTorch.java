package facet.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.options.Options;

/// PyTorch in its strongest setting, through `bench/peer/peer.py`: a question a line goes in, the
/// seconds of its iterations come out in a line, `-` if there is no counterpart.
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

  @Override
  public @Nullable Launch measure(Question question) throws IOException {
    questions.write(line(question));
    questions.newLine();
    questions.flush();
    var answer = answers.readLine();
    if (answer == null) {
      throw new IOException("PyTorch stopped at " + question + ", see above");
    }
    return answer.equals("-")
        ? null
        : Launch.of(Arrays.stream(answer.split(" ")).mapToDouble(Double::parseDouble).toArray());
  }

  /// `Gemm.multiply product=512x512x512 threads=0`: all parameters.
  private static String line(Question question) {
    return question.params().entrySet().stream()
        .map((Map.Entry<String, String> e) -> " " + e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining("", question.subject() + "." + question.verb(), ""));
  }

  @Override
  public void close() {
    process.destroy();
  }
}
