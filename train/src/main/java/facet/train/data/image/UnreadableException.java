package facet.train.data.image;

import facet.train.error.ExitCode;
import facet.train.error.FacetException;

/// The bytes of an image cannot be read now, which may be the fault of a disk, a server or
/// permissions: whether the image is damaged is not known.
public final class UnreadableException extends FacetException {
  private static final long serialVersionUID = 1L;

  UnreadableException(FacetException why) {
    super(ExitCode.DATA, String.valueOf(why.getMessage()), why.getCause());
  }
}
