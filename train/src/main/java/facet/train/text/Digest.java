package facet.train.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /// Of a file's content.
  public static String of(Path file) {
    var digest = new Digest();
    var chunk = new byte[1 << 20];
    try (var in = Files.newInputStream(file)) {
      for (var n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        digest.sha.update(chunk, 0, n);
      }
    } catch (IOException e) {
      throw FacetException.unreadable(file, "read", e);
    }
    return digest.hex(16);
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
