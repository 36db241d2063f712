/// Text formats, read and written.
@NullMarked
package facet.train.text;

import org.jspecify.annotations.NullMarked;
