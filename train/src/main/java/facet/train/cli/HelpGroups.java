package facet.train.cli;

import facet.train.config.AugmentationOptions;
import facet.train.config.BranchOptions;
import facet.train.config.DataOptions;
import facet.train.config.DeviceOptions;
import facet.train.config.ForeignOptions;
import facet.train.config.LossOptions;
import facet.train.config.ModelOptions;
import facet.train.config.NetworkOptions;
import facet.train.config.OptimizerOptions;
import facet.train.config.RunOptions;
import facet.train.config.SearchOptions;
import facet.train.config.ValidationOptions;
import java.lang.reflect.Member;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// The help of a command: its options under headings, by the group that declares them.
public final class HelpGroups {
  private static final String OTHERS = "Other options";
  private static final Map<Class<?>, String> HEADINGS =
      Map.ofEntries(
          Map.entry(DataOptions.class, "Faces"),
          Map.entry(ValidationOptions.class, "Evaluation"),
          Map.entry(SearchOptions.class, "Identification and templates"),
          Map.entry(ModelOptions.class, "Network"),
          Map.entry(NetworkOptions.class, "Network"),
          Map.entry(ForeignOptions.class, "Network"),
          Map.entry(LossOptions.class, "Loss"),
          Map.entry(BranchOptions.class, "Loss"),
          Map.entry(OptimizerOptions.class, "Optimiser"),
          Map.entry(AugmentationOptions.class, "Augmentation"),
          Map.entry(RunOptions.class, "Run"),
          Map.entry(DeviceOptions.class, "Device"));

  private HelpGroups() {}

  /// Gives the subcommands their headings, and all helps the width of the terminal.
  public static void install(CommandLine program) {
    program.setUsageHelpAutoWidth(true);
    for (var command : program.getSubcommands().values()) {
      command.getCommandSpec().usageMessage().abbreviateSynopsis(true);
      command
          .getHelpSectionMap()
          .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpGroups::options);
    }
  }

  private static String options(Help help) {
    var groups = new LinkedHashMap<String, List<OptionSpec>>();
    for (var option : help.commandSpec().options()) {
      if (!option.hidden()) {
        var declared =
            option.userObject() instanceof Member member
                ? member.getDeclaringClass()
                : Object.class;
        groups
            .computeIfAbsent(HEADINGS.getOrDefault(declared, OTHERS), name -> new ArrayList<>())
            .add(option);
      }
    }
    var others = groups.remove(OTHERS);
    if (others != null) {
      groups.put(groups.isEmpty() ? "Options" : OTHERS, others);
    }
    var text = new StringBuilder();
    groups.forEach(
        (heading, options) ->
            text.append(System.lineSeparator())
                .append(heading)
                .append(':')
                .append(System.lineSeparator())
                .append(
                    help.optionListExcludingGroups(
                        options, help.createDefaultLayout(), null, help.parameterLabelRenderer())));
    return text.toString();
  }
}
