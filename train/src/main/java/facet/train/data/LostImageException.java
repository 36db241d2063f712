package facet.train.data;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;

/// An image could be read when the data was looked through, and cannot any more.
public final class LostImageException extends FacetException {
  private static final long serialVersionUID = 1L;

  LostImageException(FacetException cause) {
    super(
        cause.exitCode(),
        format("%s It could be read when the data was scanned.", cause.getMessage()),
        cause);
  }
}
