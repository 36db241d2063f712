package facet.train.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The SHA-256 of texts and bytes, which tells them apart.
public final class Digest {
  private final MessageDigest sha;

  /// Of nothing yet.
  public Digest() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }

  public Digest add(String text) {
    return add(text.getBytes(UTF_8));
  }

  public Digest add(byte... bytes) {
    sha.update(bytes);
    return this;
  }

  /// The first `bytes` of it, in hexadecimal digits; what is added then begins again.
  public String hex(int bytes) {
    return HexFormat.of().formatHex(sha.digest(), 0, bytes);
  }
}
