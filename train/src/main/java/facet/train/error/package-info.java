/// Errors that a user can do something about, and exit codes.
@NullMarked
package facet.train.error;

import org.jspecify.annotations.NullMarked;
