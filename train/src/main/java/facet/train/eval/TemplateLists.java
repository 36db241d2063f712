package facet.train.eval;

import facet.train.error.FacetException;
import facet.train.run.FileName;
import facet.train.text.TextList;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Which templates to find in which galleries: IJB's 1:N lists, lines `template person`. More
/// columns are passed over, and so is a first line of their names: IJB's own files have a line for
/// each image of a template.
///
/// @param probes the templates to find
/// @param galleries those that are known, by the names of their files
public record TemplateLists(Templates probes, Map<String, Templates> galleries) {
  private static final String FORMAT = "template person";

  /// @param template their numbers in the set
  /// @param person whom each shows, by a number that is the same in all lists
  public record Templates(int[] template, int[] person) {}

  /// Reads the lists.
  ///
  /// @param set names the file that says what the templates are made of
  /// @param templates their numbers by name
  /// @throws FacetException naming the line of a template that is not in the set, shows two people,
  ///     or is to be found where it is known; or a gallery that has nobody of the probes
  static TemplateLists read(
      Path set, Map<String, Integer> templates, Path probes, List<Path> galleries) {
    var people = new HashMap<String, Integer>();
    var known = new LinkedHashMap<String, Templates>();
    var taken = new HashMap<Integer, String>(); // the gallery of a template
    for (var file : galleries) {
      var name = FileName.stem(file);
      var gallery = new Reader(set, templates, people, Map.of()).read(file);
      if (known.put(name, gallery) != null || TemplateSearches.NAMES.contains(name)) {
        throw FacetException.usage(
            "--template-galleries has a list called "
                + name
                + ", as another or what is reported of all; rename it.");
      }
      Arrays.stream(gallery.template).forEach(t -> taken.put(t, name));
    }
    var sought = new Reader(set, templates, people, taken).read(probes);
    var found = Arrays.stream(sought.person).boxed().collect(Collectors.toSet());
    known.forEach(
        (name, gallery) -> {
          if (Arrays.stream(gallery.person).noneMatch(found::contains)) {
            throw FacetException.data(
                probes,
                "nobody of its people is in the gallery " + name,
                "people are matched as the lists name them");
          }
        });
    return new TemplateLists(sought, known);
  }

  /// Reads one list.
  ///
  /// @param taken the gallery of each template that must not be in the list
  private record Reader(
      Path set,
      Map<String, Integer> templates,
      Map<String, Integer> people,
      Map<Integer, String> taken) {
    Templates read(Path file) {
      var found = new LinkedHashMap<Integer, Integer>(); // person by template
      var first = new boolean[] {true};
      TextList.each(
          file,
          "lines '" + FORMAT + "'",
          line -> {
            var fields = line.fields(f -> f.size() >= 2);
            var isHeader = first[0] && fields.getFirst().equalsIgnoreCase("TEMPLATE_ID");
            first[0] = false;
            if (!isHeader) {
              add(line, fields, found);
            }
          });
      if (found.isEmpty()) {
        throw FacetException.data(file, "no templates in it", "add lines '" + FORMAT + "'");
      }
      return new Templates(
          found.keySet().stream().mapToInt(Integer::intValue).toArray(),
          found.values().stream().mapToInt(Integer::intValue).toArray());
    }

    private void add(TextList.Line line, List<String> fields, Map<Integer, Integer> found) {
      if (fields.size() < 2) {
        throw line.wrong("'%s' is not '%s'", line.visible(), FORMAT);
      }
      var name = fields.getFirst();
      var template = templates.get(name);
      if (template == null) {
        throw line.wrong("%s has no template '%s'", set, name);
      }
      if (taken.containsKey(template)) {
        throw line.wrong(
            "the template %s is in the gallery %s, where it would always be found",
            name, taken.get(template));
      }
      var person = people.computeIfAbsent(fields.get(1), p -> people.size());
      var before = found.put(template, person);
      if (before != null && !before.equals(person)) {
        throw line.wrong("the template %s shows two people", name);
      }
    }
  }
}
