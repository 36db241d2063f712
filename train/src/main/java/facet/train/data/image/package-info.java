/// Pictures: read, written, resized.
@NullMarked
package facet.train.data.image;

import org.jspecify.annotations.NullMarked;
