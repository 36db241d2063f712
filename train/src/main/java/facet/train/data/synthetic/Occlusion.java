package facet.train.data.synthetic;

/// What covers a part of the face.
public enum Occlusion {
  NONE,
  SUNGLASSES,
  MASK,
  BEANIE,
  HAND
}
