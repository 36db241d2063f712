/// The subcommands and their options.
@NullMarked
package facet.train.cli;

import org.jspecify.annotations.NullMarked;
