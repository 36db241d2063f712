/// Experiments: several ways of training over several seeds, and the table that compares them.
@NullMarked
package facet.train.experiment;

import org.jspecify.annotations.NullMarked;
