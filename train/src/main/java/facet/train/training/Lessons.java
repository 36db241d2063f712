package facet.train.training;

import facet.nn.Network;
import facet.nn.Parameter;
import facet.nn.loss.DdlLoss;
import facet.tensor.Backend;
import facet.tensor.Shape;
import facet.tensor.Tape;
import facet.train.data.batch.BatchLoader;
import facet.train.run.Console;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Shows a frozen teacher what the network makes of the easy images before anything is learnt: the
/// first batches of the run, in training mode, so that its similarities are like those that the
/// students' are compared with.
///
/// @param parameters of the network, whose running statistics are as before afterwards
/// @param source of the run's batches
record Lessons(
    Backend backend,
    Network network,
    Objective objective,
    List<Parameter> parameters,
    BatchLoader.Source source) {

  /// Gives all lessons, if the loss has a frozen teacher that had none.
  ///
  /// @param interrupted ends them; the next run begins again
  /// @return whether the loss now has what it needs
  boolean give(Console console, BooleanSupplier interrupted) {
    if (!(objective.comparison() instanceof DdlLoss loss) || loss.lessons() == 0) {
      return true;
    }
    var lessons = loss.lessons();
    console.line(
        "The teacher is frozen: its distributions are those of %,d easy pairs, before the first"
            + " step",
        lessons * loss.layout().n());
    var statistics = parameters.stream().filter(p -> !p.trained()).toList();
    var before = statistics.stream().map(p -> p.value().toFloats()).toList();
    try (var loader = new BatchLoader(source, 0, 0, 2, 1)) {
      for (var lesson = 0; lesson < lessons && !interrupted.getAsBoolean(); lesson++) {
        give(loss, loader, lesson);
        console.progress("Looking at easy pairs", lesson + 1, lessons);
      }
    }
    for (var i = 0; i < before.size(); i++) {
      statistics.get(i).value().set(before.get(i));
    }
    return loss.lessons() == 0;
  }

  private void give(DdlLoss loss, BatchLoader loader, int lesson) {
    var batch = loader.next();
    try (var tape = Tape.training(backend, source.seed() + lesson)) {
      var side = source.size();
      var x = tape.allocate(Shape.of(batch.labels().length, side, side, 3));
      x.set(batch.images());
      loss.teach(tape, network.forward(tape, x), tape.ints(batch.labels()), lesson);
    }
  }
}
