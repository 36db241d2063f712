package facet.train.report;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import facet.train.run.RunFolder;
import facet.train.text.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a run was: its settings, seed, machine, date and curves, from the files in its folder.
///
/// @param name of the run in the report's charts
/// @param time when it was evaluated, as [ReportedEvaluation#time] has it
record RunFacts(String name, Path folder, double time, MetricCurves curves) {

  /// Settings in one line.
  String settings() {
    var facts = new ArrayList<String>();
    setting("model").ifPresent(facts::add);
    setting("loss").ifPresent(facts::add);
    setting("data").ifPresent(facts::add);
    setting("people").ifPresent(people -> facts.add("people " + people));
    setting("epochs")
        .ifPresent(epochs -> facts.add(epochs + (epochs.equals("1") ? " epoch" : " epochs")));
    setting("lr").ifPresent(rate -> facts.add("rate " + rate));
    setting("batch-size").ifPresent(size -> facts.add("batches of " + size));
    if (curves.steps() > 0) {
      facts.add(format("%,d steps", curves.steps()));
    }
    return Page.escape(String.join(" · ", facts));
  }

  /// Whether images that are evaluated may have been trained on.
  boolean overlaps() {
    return setting("allow-overlap").filter("true"::equals).isPresent();
  }

  /// Date, seed, machine and command, folded away; empty if the run has not written them.
  String environment() {
    var file = new RunFolder(folder).environment();
    if (!Files.exists(file)) {
      return "";
    }
    var env = Json.read(file);
    var facts = new ArrayList<String>();
    for (var key : List.of("date", "device", "cpu", "os", "java", "facet", "commit")) {
      if (env.get(key) instanceof String value) {
        facts.add(key.equals("facet") || key.equals("commit") ? key + " " + value : value);
      }
    }
    var html = new StringBuilder("<details><summary>");
    html.append(Page.escape(facts.isEmpty() ? "" : facts.getFirst())).append(" · seed ");
    html.append(Page.escape(String.valueOf(env.get("seed"))));
    html.append(" · machine and settings</summary><p>");
    html.append(Page.escape(String.join(" · ", facts))).append("</p>");
    if (env.get("command") instanceof String command) {
      html.append("<p><code>").append(Page.escape(command)).append("</code></p>");
    }
    return html.append("</details>\n").toString();
  }

  private Optional<String> setting(String key) {
    var file = new RunFolder(folder).config();
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (var lines = Files.lines(file)) {
      return lines
          .map(line -> line.replaceFirst("^# ", "")) // what was left out
          .filter(line -> line.startsWith(key + ": "))
          .map(line -> line.substring(key.length() + 2).replaceAll("  # .*|^\"|\"(?=  #|$)", ""))
          .findFirst();
    } catch (UncheckedIOException e) {
      throw FacetException.unreadable(file, "read", e.getCause());
    } catch (IOException e) {
      throw FacetException.unreadable(file, "read", e);
    }
  }
}
