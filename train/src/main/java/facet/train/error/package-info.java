/// Errors that a user can do something about, and what the process tells the shell.
@NullMarked
package facet.train.error;

import org.jspecify.annotations.NullMarked;
