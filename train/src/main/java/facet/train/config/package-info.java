/// Options from a YAML file beside those of the command line.
@NullMarked
package facet.train.config;

import org.jspecify.annotations.NullMarked;
