// How alike two faces are, by a trained network:
//
//     ./facet java docs/Compare.java

import facet.train.eval.FaceEmbedder;

void main() throws IOException {
  try (var embedder = FaceEmbedder.open(Path.of("network.safetensors"))) {
    var anna = embedder.embed(Path.of("anna.jpg"));
    var ben = embedder.embed(Path.of("ben.jpg"));
    System.out.println(embedder.similarity(anna, ben));
  }
}
