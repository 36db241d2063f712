package facet.train.experiment;

import facet.train.config.ArmOptions;
import facet.train.data.FaceDataset;
import facet.train.data.Ordinals;
import facet.train.data.Subset;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.eval.PeopleGroups;
import facet.train.eval.Protocol;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whom an experiment trains and evaluates on: its people, of whom a section may name some, less
/// those that a fold keeps back.
public final class ExperimentFaces {
  private final Experiment experiment;
  private final FaceDataset all;
  private final Protocol.@Nullable Verification validation;
  private final @Nullable PeopleGroups groups;
  private final String[] names; // of the people
  private final List<Integer> places = new ArrayList<>(); // theirs in the folder, from 1, if known

  /// Opens the faces.
  ///
  /// @throws FacetException unless the description says in exactly one way whom to evaluate on
  public ExperimentFaces(Experiment experiment, Faces faces) {
    this.experiment = experiment;
    var options = experiment.options();
    for (var arm : experiment.arms()) {
      options.data.addHard(experiment.arm(arm, 0).train.loss.branch.studentFolders());
    }
    all = options.data.open(faces.training().withoutScans()); // folds are evaluated on
    var file = experiment.file().file();
    var named = experiment.file().groups();
    groups = named == null ? null : PeopleGroups.named(named);
    validation = options.validation.open(options.data, faces);
    if ((validation == null) == (experiment.folds().count() == 0)) {
      throw FacetException.usage(
          file
              + ": say whom to compare the arms on, under 'val-people:' or 'val-data:', or in"
              + " 'folds:'.");
    }
    if (validation != null) {
      options.validation.requireApart(all, validation, options.train.run.allowOverlap, faces.log());
    }
    if (options.data.skipCorrupt && experiment.choosesPeople()) {
      throw FacetException.usage(
          file
              + ": people cannot be counted when unreadable images may leave some out; leave"
              + " skip-corrupt out, or 'folds:' and the 'people:' of sections.");
    }
    names = new String[all.identities()];
    all.items().forEach(item -> names[item.identity()] = item.name());
    var pool = ordinals(options);
    for (var place = 1; pool.names().isEmpty() && places.size() < names.length; place++) {
      if (pool.contains(place)) {
        places.add(place);
      }
    }
    for (var arm : experiment.arms()) {
      requireAmong(ordinals(experiment.arm(arm, 0)));
    }
    requireAmong(ordinals(experiment.pretraining(0)));
  }

  private void requireAmong(Ordinals chosen) {
    if (places.isEmpty() && !chosen.ranges().isEmpty()) {
      throw FacetException.usage(
          "%s: a section counts its people (%s), the experiment names them (%s); name them in both,"
              + " or count in both.",
          experiment.file().file(), chosen, ordinals(experiment.options()));
    }
    if (chosen.equals(ordinals(experiment.options()))) {
      return; // the experiment's own
    }
    for (var name : chosen.names()) {
      if (!List.of(names).contains(name)) {
        throw FacetException.usage(
            "%s: a section's '%s' is not among the %,d people of the experiment (%s).",
            experiment.file().file(), name, names.length, ordinals(experiment.options()));
      }
    }
    for (var range : chosen.ranges()) {
      if (!places.contains(range.first()) || !places.contains(range.last())) {
        throw FacetException.usage(
            "%s: a section's people %s are not all among the %,d of the experiment (%s).",
            experiment.file().file(), chosen, names.length, ordinals(experiment.options()));
      }
    }
  }

  private static Ordinals ordinals(ArmOptions options) {
    return options.data.people == null ? Ordinals.ALL : Ordinals.parsePeople(options.data.people);
  }

  /// Whom a trial with these options trains on.
  public FaceDataset training(ArmOptions options, Unit unit) {
    var chosen = ordinals(options);
    return Subset.of(
        all,
        person -> isChosen(chosen, person) && !experiment.folds().keepsBack(unit.fold(), person),
        options.data.domainFilter());
  }

  private boolean isChosen(Ordinals chosen, int person) {
    return chosen.equals(ordinals(experiment.options()))
        || chosen.names().contains(names[person])
        || !places.isEmpty() && chosen.contains(places.get(person));
  }

  /// The groups of people to judge by themselves, null if there are none.
  public @Nullable PeopleGroups groups() {
    return groups;
  }

  /// What a unit's networks are evaluated on.
  public Protocol.Verification validation(Unit unit) {
    if (validation != null) {
      return validation;
    }
    var kept =
        Subset.of(all, person -> experiment.folds().keepsBack(unit.fold(), person), domain -> true);
    return new Protocol.AllPairsOf("fold-" + unit.fold(), kept);
  }
}
