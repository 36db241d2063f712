/// The subcommands.
@NullMarked
package facet.train.cli;

import org.jspecify.annotations.NullMarked;
