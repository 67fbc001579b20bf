// The texts that an ONNX file carries beside its graph, which ONNX Runtime does not hand out in a browser: ModelProto's field 14, entries
// of a key (1) and a value (2). See onnx.proto and https://protobuf.dev/programming-guides/encoding.

const entries = 14;

/** The file's metadata by key. Throws where the bytes are no ONNX file. */
export function metadataOf(bytes) {
  const found = {}, decoder = new TextDecoder();
  for (const { field, content } of fieldsOf(bytes)) {
    if (field === entries && content !== null) {
      const [key, value] = [1, 2].map(wanted => [...fieldsOf(content)].find(part => part.field === wanted)?.content);
      found[decoder.decode(key ?? new Uint8Array())] = decoder.decode(value ?? new Uint8Array());
    }
  }

  return found;
}

function* fieldsOf(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || factor > 2 ** 63) {
        throw new Error('The file is no ONNX model, or it is cut off. Export or download it again.');
      }

      value += (byte & 127) * factor;
      if (byte < 128) {
        return value;
      }
    }
  };

  while (at < bytes.length) {
    const tag = varint(), wire = tag % 8, field = Math.floor(tag / 8);
    const length = wire === 2 ? varint() : { 1: 8, 5: 4 }[wire] ?? 0;
    if (![0, 1, 2, 5].includes(wire) || field === 0 || at + length > bytes.length) {
      throw new Error('The file is no ONNX model, or it is cut off. Export or download it again.');
    }

    if (wire === 0) {
      varint();
    }

    yield { field, content: wire === 2 ? bytes.subarray(at, at + length) : null };
    at += length;
  }
}
