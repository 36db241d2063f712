package facet.train.data.synthetic;

/// What a visible point is made of, by which [Shader] colours it.
enum Material {
  BACKDROP,
  FACE,
  SKIN,
  NECK,
  HAIR,
  CLOTH,
  FRAME,
  DARK_LENS,
  MASK,
  BEANIE
}
