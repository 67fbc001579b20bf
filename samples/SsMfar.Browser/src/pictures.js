// Pictures are what ImageData is: width, height, and data of four bytes a pixel (red, green, blue, unused), rows from the top.

// The fixed point of Pillow's resampling for 8 bits, which SsMfar.Affect and the training follow bit by bit.
const precisionBits = 32 - 8 - 2;

/** The pixels of a picture that the browser has decoded: an ImageBitmap, a canvas, or a video's frame. Upright. */
export function pixelsOf(source, canvas = undefined) {
  const width = source.videoWidth ?? source.width, height = source.videoHeight ?? source.height;
  canvas ??= new OffscreenCanvas(width, height);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }

  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(source, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/** Decodes a file of a picture, turned upright as its EXIF says. A profile of colours is ignored, as the library and Pillow do. */
export async function decode(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none' });
  try {
    return pixelsOf(bitmap);
  } finally {
    bitmap.close();
  }
}

/**
 * A part of a picture at another size, by the bilinear filter that widens when shrinking: equal bit by bit to Pillow's
 * resize((width, height), BILINEAR, box) and to RgbImage.Resize of the library.
 * @param part whole pixels inside of the picture: { x, y, width, height }
 * @returns {Uint8Array} height x width x 3 bytes
 */
export function resize(picture, part, width, height) {
  const across = width !== picture.width || part.x !== 0 || part.x + part.width !== width;
  const down = height !== picture.height || part.y !== 0 || part.y + part.height !== height;
  const vertical = axis(picture.height, part.y, part.y + part.height, height);
  const firstRow = down ? vertical.firsts[0] : 0;
  const rows = (down ? vertical.firsts[height - 1] + vertical.counts[height - 1] : picture.height) - firstRow;
  const between = across
    ? shrinkAcross(picture, firstRow, rows, axis(picture.width, part.x, part.x + part.width, width))
    : pack(picture, firstRow, rows);
  return down ? shrinkDown(between, firstRow, 3 * width, vertical) : between;
}

// Which input positions contribute to each output position, and with what weight.
function axis(inputSize, start, end, outputSize) {
  const scale = (end - start) / outputSize, support = Math.max(scale, 1);
  const stride = (Math.ceil(support) * 2) + 1;
  const firsts = new Int32Array(outputSize), counts = new Int32Array(outputSize), weights = new Int32Array(outputSize * stride);
  const taps = new Float64Array(stride);
  for (let output = 0; output < outputSize; output++) {
    const center = start + ((output + 0.5) * scale);
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const count = Math.min(Math.trunc(center + support + 0.5), inputSize) - first;
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      taps[tap] = Math.max(1 - Math.abs((tap + first - center + 0.5) * (1 / support)), 0);
      sum += taps[tap];
    }

    for (let tap = 0; tap < count; tap++) {
      weights[(output * stride) + tap] = Math.trunc(0.5 + ((sum === 0 ? taps[tap] : taps[tap] / sum) * (1 << precisionBits)));
    }

    firsts[output] = first;
    counts[output] = count;
  }

  return { firsts, counts, weights, stride, outputSize };
}

function pack(picture, firstRow, rows) {
  const { width, data } = picture, packed = new Uint8Array(3 * width * rows);
  for (let from = 4 * width * firstRow, to = 0; to < packed.length; from += 4, to += 3) {
    packed[to] = data[from];
    packed[to + 1] = data[from + 1];
    packed[to + 2] = data[from + 2];
  }

  return packed;
}

function shrinkAcross(picture, firstRow, rows, { firsts, counts, weights, stride, outputSize }) {
  const { width, data } = picture, half = 1 << (precisionBits - 1), result = new Uint8Array(3 * outputSize * rows);
  for (let row = 0, to = 0; row < rows; row++) {
    const line = 4 * width * (firstRow + row);
    for (let output = 0; output < outputSize; output++, to += 3) {
      let red = half, green = half, blue = half;
      for (let tap = 0, at = line + (4 * firsts[output]), w = output * stride; tap < counts[output]; tap++, at += 4, w++) {
        red += data[at] * weights[w];
        green += data[at + 1] * weights[w];
        blue += data[at + 2] * weights[w];
      }

      result[to] = clip(red);
      result[to + 1] = clip(green);
      result[to + 2] = clip(blue);
    }
  }

  return result;
}

function shrinkDown(source, firstRow, rowBytes, { firsts, counts, weights, stride, outputSize }) {
  const half = 1 << (precisionBits - 1), result = new Uint8Array(rowBytes * outputSize), sums = new Int32Array(rowBytes);
  for (let output = 0; output < outputSize; output++) {
    sums.fill(half);
    for (let tap = 0; tap < counts[output]; tap++) {
      const weight = weights[(output * stride) + tap];
      for (let i = 0, at = (firsts[output] - firstRow + tap) * rowBytes; i < rowBytes; i++, at++) {
        sums[i] += source[at] * weight;
      }
    }

    for (let i = 0, to = output * rowBytes; i < rowBytes; i++, to++) {
      result[to] = clip(sums[i]);
    }
  }

  return result;
}

function clip(sum) {
  const value = sum >> precisionBits;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
