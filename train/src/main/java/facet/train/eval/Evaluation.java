package facet.train.eval;

import facet.train.data.CachedDataset;
import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.folder.PairList;
import facet.train.run.Console;
import facet.train.run.Interrupt;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Evaluates a network as a [Protocol] says.
public final class Evaluation {
  private static final int FOLDS = 10;

  /// All pairs of more images than this would take too long: 50 million similarities.
  static final int MAX_ALL_PAIRS_IMAGES = 10_000;

  private final Embedder embedder;
  private final CachedDataset.Progress progress;
  private final int draws;
  private final @Nullable PeopleGroups groups;

  /// @param progress called with the number of embedded images and their total, set by set
  public Evaluation(Embedder embedder, CachedDataset.Progress progress) {
    this(embedder, progress, 0, null);
  }

  private Evaluation(
      Embedder embedder,
      CachedDataset.Progress progress,
      int draws,
      @Nullable PeopleGroups groups) {
    this.embedder = embedder;
    this.progress = progress;
    this.draws = draws;
    this.groups = groups;
  }

  /// One that says of all pairs of people, too, what `draws` draws from these people give.
  public Evaluation resampling(int draws) {
    return new Evaluation(embedder, progress, draws, groups);
  }

  /// One that judges pairs within groups of people by themselves, too.
  public Evaluation grouped(@Nullable PeopleGroups people) {
    return new Evaluation(embedder, progress, draws, people);
  }

  /// One that shows its progress and ends when a signal has come.
  public static Evaluation watched(Embedder embedder, Interrupt interrupt, Console console) {
    return new Evaluation(
        embedder,
        (done, total) -> {
          interrupt.stopIfRaised("evaluating");
          console.progress("Evaluating", done, total);
        });
  }

  /// What a protocol found.
  ///
  /// @param text for people
  /// @param figures by name, for files
  /// @param distributions by name, those that ROC curves are of
  public record Findings(
      String text, Map<String, Object> figures, Map<String, Similarities> distributions) {}

  /// Follows a protocol.
  public Findings run(Protocol protocol) {
    return switch (protocol) {
      case Protocol.Verification pairs -> verify(pairs).findings();
      case Protocol.Search search -> search(search);
      case Protocol.Templates templates -> compare(templates);
    };
  }

  /// Follows a protocol over pairs of images.
  public EvalResult verify(Protocol.Verification protocol) {
    return switch (protocol) {
      case Protocol.AllPairsOf people -> people(people.name(), people.images());
      case Protocol.ListedPairs pairs -> pairs(pairs.name(), pairs.list(), pairs.images());
      case Protocol.Several several -> {
        var results = several.sets().stream().map(this::verify).toList();
        yield results.getFirst().with(results.subList(1, results.size()));
      }
    };
  }

  private IntConsumer progress(FaceDataset images) {
    return done -> progress.update(done, images.size());
  }

  private Findings search(Protocol.Search search) {
    var gallery = embedder.embed(search.gallery(), progress(search.gallery()));
    var found = new LinkedHashMap<String, Identification>();
    var among = new LinkedHashMap<String, DistractorSearch>();
    var figures = new LinkedHashMap<String, Object>();
    var distractors =
        search.distractors() == null
            ? null
            : embedder.embed(search.distractors(), progress(search.distractors()));
    search
        .probes()
        .forEach(
            (name, set) -> {
              var probes = embedder.embed(set, progress(set));
              var result = Identification.of(gallery, names(search.gallery()), probes, names(set));
              found.put(name, result);
              figures.putAll(result.figures(name));
              if (distractors != null) {
                var ranks =
                    DistractorSearch.of(
                        embedder.backend(),
                        new DistractorSearch.Named(gallery, names(search.gallery())),
                        new DistractorSearch.Named(probes, names(set)),
                        distractors);
                among.put(name, ranks);
                figures.putAll(ranks.figures(name));
              }
            });
    var text = Identification.table(found);
    if (!among.isEmpty()) {
      text += System.lineSeparator() + DistractorSearch.table(among);
    }
    return new Findings(text, figures, Map.of());
  }

  private static List<String> names(FaceDataset images) {
    return images.items().map(FaceDataset.Item::name).toList();
  }

  private Findings compare(Protocol.Templates templates) {
    var features = embedder.features(templates.images(), progress(templates.images()));
    var set = templates.set();
    var pooled = set.pool(features, embedder.dim());
    var text = new ArrayList<String>();
    var figures = new LinkedHashMap<String, Object>();
    Map<String, Similarities> distributions = Map.of();
    if (set.pairs() != null) {
      var verified = TemplateResult.of(set, set.pairs(), pooled).findings();
      text.add(verified.text());
      figures.putAll(verified.figures());
      distributions = verified.distributions();
    }
    if (set.lists() != null) {
      var found = TemplateSearches.of(embedder.backend(), pooled, set.lists());
      text.add(found.table());
      figures.putAll(found.figures());
    }
    return new Findings(String.join(System.lineSeparator(), text), figures, distributions);
  }

  /// Over all pairs of the images, by domain; and the 10-fold accuracy over all same pairs and as
  /// many different ones, drawn at random but always the same.
  private EvalResult people(String name, FaceDataset data) {
    var embeddings = embedder.embed(data, progress(data));
    var identity = data.items().mapToInt(FaceDataset.Item::identity).toArray();
    var domain = domains(data);
    var drawn = DrawnPairs.of(identity);
    var pairs =
        drawn.size() < 2 * FOLDS
            ? null
            : pairResult(DrawnPairs.source(drawn), embeddings, drawn, 1);
    if (data.size() > MAX_ALL_PAIRS_IMAGES) {
      return new EvalResult(
          name, data.size(), embeddings.meanNorm(), pairs, Map.of(), Map.of(), null, Map.of());
    }
    var group = groups(data);
    var all = new AllPairs.Collector(domain);
    var within = new PeopleGroups.Collector(group);
    for (var i = 0; i < identity.length; i++) {
      for (var j = i + 1; j < identity.length; j++) {
        var same = identity[i] == identity[j];
        var cosine = embeddings.cosine(i, j);
        all.add(i, j, same, cosine);
        within.add(i, j, same, cosine);
      }
    }
    var resampled =
        draws == 0 || data.size() > Resampled.MAX_IMAGES
            ? null
            : Resampled.of(embeddings, identity, domain, group, draws, names(data).hashCode());
    return new EvalResult(
        name,
        data.size(),
        embeddings.meanNorm(),
        pairs,
        all.similarities(),
        all.hardest(),
        resampled,
        within.similarities());
  }

  /// The group of each image, null for those of none.
  private @Nullable String[] groups(FaceDataset images) {
    return groups == null ? new String[images.size()] : groups.of(images);
  }

  private static Domain[] domains(FaceDataset images) {
    return images.items().map(FaceDataset.Item::domain).toArray(Domain[]::new);
  }

  /// Over the pairs of a list, whose folds are used; a list of one fold is cut into ten.
  private EvalResult pairs(String name, PairList list, FaceDataset images) {
    var embeddings = embedder.embed(images, progress(images));
    var kinds = new AllPairs.Collector(domains(images));
    var within = new PeopleGroups.Collector(groups(images));
    for (var pair : list.pairs()) {
      var cosine = embeddings.cosine(pair.first(), pair.second());
      kinds.add(pair.first(), pair.second(), pair.same(), cosine);
      within.add(pair.first(), pair.second(), pair.same(), cosine);
    }
    return new EvalResult(
        name,
        images.size(),
        embeddings.meanNorm(),
        pairResult(EvalResult.LIST, embeddings, list.pairs(), list.folds()),
        kinds.similarities(),
        kinds.hardest(),
        null,
        within.similarities());
  }

  /// @param folds of the pairs; those of one fold are cut into ten
  private static EvalResult.PairResult pairResult(
      String source, Embeddings e, List<PairList.Pair> pairs, int folds) {
    var n = pairs.size();
    var distances = new double[n];
    var same = new boolean[n];
    var fold = new int[n];
    var similarities = new SimilarityLists();
    for (var i = 0; i < n; i++) {
      var pair = pairs.get(i);
      distances[i] = e.squaredDistance(pair.first(), pair.second());
      same[i] = pair.same();
      fold[i] = pair.fold();
      similarities.add(same[i], e.cosine(pair.first(), pair.second()));
    }
    var accuracy = KFold.accuracy(distances, same, folds > 1 ? fold : KFold.cut(same, FOLDS));
    return new EvalResult.PairResult(source, n, accuracy, similarities.similarities());
  }
}
