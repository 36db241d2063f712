/// Options: their names, defaults and help, where they are read from (command line, YAML file), and
/// how what they name is opened.
@NullMarked
package facet.train.config;

import org.jspecify.annotations.NullMarked;
