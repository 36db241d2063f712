package facet.nn.io;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// The header of a safetensors file: free text by key, and where each tensor lies.
///
/// The file is an 8-byte little-endian length, the header as JSON of that length, and the data:
///
///     {"__metadata__": {key: text, …},
///      name: {"dtype": …, "shape": […], "data_offsets": [begin, end]}, …}
record SafetensorsHeader(Map<String, String> metadata, List<TensorInfo> tensors) {
  /// The metadata key of the checksum over the data and everything in the header but itself.
  static final String CHECKSUM = "crc32c";

  /// The metadata key that says who wrote the file. Facet's files must have a checksum; otherwise a
  /// damaged [#CHECKSUM] key would switch its verification off.
  static final String WRITER = "writer";

  static final String FACET = "facet";

  /// The header as JSON, padded with spaces so that the data section starts at a multiple of 8.
  byte[] toJson() {
    var json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      json.append("\"__metadata__\":{");
      metadata.forEach(
          (key, value) -> {
            quote(json, key);
            json.append(':');
            quote(json, value);
            json.append(',');
          });
      json.setCharAt(json.length() - 1, '}');
      json.append(',');
    }
    for (var tensor : tensors) {
      quote(json, tensor.name());
      json.append(":{\"dtype\":\"").append(tensor.dtype());
      json.append("\",\"shape\":").append(tensor.shape().toString().replace(" ", ""));
      json.append(",\"data_offsets\":[").append(tensor.begin()).append(',').append(tensor.end());
      json.append("]},");
    }
    if (json.length() > 1) {
      json.setLength(json.length() - 1);
    }
    json.append('}');
    var length = json.toString().getBytes(StandardCharsets.UTF_8).length;
    json.append(" ".repeat(Math.floorMod(-length, 8)));
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// The checksum as the metadata holds it, eight hexadecimal digits. It covers the data, then what
  /// the header says (not how the JSON is laid out), so no byte of the file can change unnoticed.
  ///
  /// @param crc has been updated with the whole data section
  String checksum(CRC32C crc) {
    var text = new StringBuilder();
    for (var t : tensors) {
      text.append(t.name()).append(' ').append(t.dtype()).append(t.shape());
      text.append(t.begin()).append('-').append(t.end()).append('\n');
    }
    new TreeMap<>(metadata)
        .forEach(
            (key, value) -> {
              if (!key.equals(CHECKSUM)) {
                text.append(key).append('=').append(value).append('\n');
              }
            });
    crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  private static void quote(StringBuilder json, String text) {
    json.append('"');
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }
}
