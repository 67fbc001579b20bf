import * as ort from '../ort/ort.wasm.min.mjs';
import { intersectionOverUnion, suppress } from './boxes.js';
import { cutsOff, paint, shows, viewAround, viewsOf, wholeView } from './views.js';

/** The landmarks of BlazeFace, in the order of its points; left is left in the picture. */
export const landmarks = ['LeftEye', 'RightEye', 'Nose', 'MouthCenter', 'LeftEar', 'RightEar'];

const layers = [{ cells: 16, anchors: 2 }, { cells: 8, anchors: 6 }];
const numbers = 16;
const largestLogit = 100;

// Below the score that counts, a first finding is worth a second look.
const firstScore = 0.4;

// Nothing found: the face may fill the picture, which a network knows from farther away alone.
const stepBack = 1.6;

// No face is looked for that has fewer pixels a side.
const leastFace = 8;

// In a small picture, such as a crop of a face, a smaller face than asked for is the one that is meant.
const sideShare = 0.4;

// A second look that finds the face elsewhere than the first is looked at once more, from there.
const agreementWanted = 0.6;
const mostLooks = 3;

/** Finds faces with MediaPipe's BlazeFace (Bazarevsky et al., 2019), as OnnxFaceDetector of SsMfar.Faces does. */
export class FaceDetector {
  #session;
  #shape;
  #side;
  #outputs;

  constructor(session) {
    const { name, shape } = session.inputMetadata[0];
    const planes = shape[1] === 3, side = shape[2];
    const metadata = session.outputMetadata;
    const ofWidth = width => metadata.filter(output => output.shape.at(-1) === width).toSorted((a, b) => b.shape[1] - a.shape[1]);
    const outputs = [...ofWidth(1), ...ofWidth(numbers)];
    if (planes || (side !== 128 && side !== 256) || outputs.length !== metadata.length || outputs.length % 2 !== 0) {
      throw new Error('The detector is no BlazeFace of 128 or 256 pixels. Build the page with the files that SsMfar.Faces comes with.');
    }

    this.#session = session;
    this.#side = side;
    this.#shape = { name, dims: [1, side, side, 3] };
    this.#outputs = outputs.map(output => output.name);
  }

  /** Loads a detector from the bytes of its ONNX file. */
  static async load(bytes) {
    return new FaceDetector(await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 }));
  }

  /** Frees the network's memory; the detector finds nothing any more. */
  release() {
    return this.#session.release();
  }

  /**
   * The faces of a picture, the largest first: { box, points, score }.
   * @param options smallestFace: the side in pixels from which faces are found (48); minimumScore (0.5); overlap (0.3)
   */
  async detect(picture, { smallestFace = 48, minimumScore = 0.5, overlap = 0.3 } = {}) {
    const side = Math.min(picture.width, picture.height);
    if (side < leastFace) {
      return [];
    }

    const smallest = Math.max(leastFace, Math.min(smallestFace, Math.trunc(sideShare * side)));
    const search = { picture, minimumScore, overlap, first: Math.min(minimumScore, firstScore), views: 0 };
    let faces = await this.#find(search, viewsOf(picture, this.#side, this.#side === 128 ? 21 : 22, smallest));
    if (faces.length === 0) {
      faces = await this.#find(search, [wholeView(picture, this.#side, stepBack)]);
    }

    return faces.filter(face => Math.max(face.box.width, face.box.height) >= smallest)
      .toSorted((a, b) => (b.box.width * b.box.height) - (a.box.width * a.box.height));
  }

  async #find(search, views) {
    const found = [];
    for (const view of views) {
      found.push(...(await this.#look(search, view, search.first)).filter(face => !cutsOff(view, face.box, search.picture, this.#side)));
    }

    const close = [];
    for (const face of suppress(found, search.overlap, true)) {
      const seen = await this.#lookClose(search, face);
      if (seen !== null && seen.score >= search.minimumScore) {
        close.push(seen);
      }
    }

    return suppress(close, search.overlap, false);
  }

  // A view of the face at the size at which the network is at its best: box and landmarks become exact, and what is no face is none.
  async #lookClose(search, face) {
    for (let look = 1; ; look++) {
      const { box } = face;
      const view = viewAround(box, Math.max(box.width, box.height) / (0.36 * this.#side), this.#side);
      const seen = suppress(await this.#look(search, view, search.first), search.overlap, true);
      if (seen.length === 0) {
        return null;
      }

      face = seen.reduce((best, other) => intersectionOverUnion(other.box, box) > intersectionOverUnion(best.box, box) ? other : best);
      const agreement = intersectionOverUnion(face.box, box);
      if (agreement < search.overlap) {
        return null;
      }

      if (agreement >= agreementWanted || look === mostLooks) {
        return face;
      }
    }
  }

  async #look(search, view, minimumScore) {
    if (!shows(view, search.picture, this.#side)) {
      return [];
    }

    const { canvas, mapping } = paint(view, search.picture, this.#side);
    const input = Float32Array.from(canvas, value => (value - 127.5) / 127.5);
    const results = await this.#session.run({ [this.#shape.name]: new ort.Tensor('float32', input, this.#shape.dims) });
    const number = search.views++;
    return this.#decode(this.#outputs.map(name => results[name].data), minimumScore)
      .map(face => ({ ...mapped(face, mapping), view: number }))
      .filter(face => face.box.width > 0 && face.box.height > 0
        && [face.score, ...Object.values(face.box), ...face.points].every(Number.isFinite));
  }

  #decode(outputs, minimumScore) {
    const parts = outputs.length / 2, found = [];
    let part = 0, anchor = 0;
    for (const { cells, anchors } of layers) {
      const step = this.#side / cells;
      for (let i = 0; i < cells * cells * anchors; i++, anchor++) {
        if (anchor === outputs[part].length) {
          part++;
          anchor = 0;
        }

        const logit = Math.min(Math.max(outputs[part][anchor], -largestLogit), largestLogit);
        const score = 1 / (1 + Math.exp(-logit));
        if (score >= minimumScore) {
          const place = Math.trunc(i / anchors);
          found.push(face(
            outputs[parts + part].subarray(anchor * numbers, (anchor + 1) * numbers),
            ((place % cells) + 0.5) * step, (Math.trunc(place / cells) + 0.5) * step, score));
        }
      }
    }

    return found;
  }
}

function face(values, x, y, score) {
  const [dx, dy, width, height, ...points] = values;
  return {
    box: { x: x + dx - (width / 2), y: y + dy - (height / 2), width, height },
    points: points.map((value, i) => value + (i % 2 === 0 ? x : y)),
    score,
  };
}

function mapped({ box, points, score }, { x, y, scaleX, scaleY }) {
  return {
    box: { x: x + (box.x * scaleX), y: y + (box.y * scaleY), width: box.width * scaleX, height: box.height * scaleY },
    points: points.map((value, i) => i % 2 === 0 ? x + (value * scaleX) : y + (value * scaleY)),
    score,
  };
}
