import * as ort from '../ort/ort.wasm.min.mjs';
import { boxTemplate } from './alignment.js';
import { metadataOf } from './onnx-metadata.js';
import { resize } from './pictures.js';

// The decoders that are known here. What another one makes of a task's outputs, its code alone knows.
const known = new Map([
  ['expression', ['softmax-expression', 'tuned-softmax-expression']],
  ['valence_arousal', ['clamped-valence-arousal']],
  ['action_units', ['sigmoid-action-units']],
]);

/** A model that `ssmfar export` or OnnxExporter wrote. */
export class AffectModel {
  #session;
  #metadata;
  #weights;

  constructor(session, metadata) {
    this.#session = session;
    this.#metadata = metadata;
    const { weights = '' } = this.#isKnown('expression') ? metadata.decoders.expression.settings : {};
    this.#weights = weights.split(' ').filter(Boolean).map(Number).map(Math.fround);
  }

  /** Loads a model from the bytes of its ONNX file. */
  static async load(bytes) {
    const properties = metadataOf(bytes);
    if (properties.format !== 'ssmfar-onnx' || properties.format_version !== '1') {
      throw new Error(
        "The file is no ONNX model of SsMfar (format 1). Make one with 'ssmfar export --model model.safetensors --out model.onnx'.");
    }

    const metadata = JSON.parse(properties.metadata);
    return new AffectModel(await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 }), metadata);
  }

  /** Frees the network's memory; the model reads nothing any more. */
  release() {
    return this.#session.release();
  }

  /** How faces are to be cut out of photographs. */
  get template() {
    return this.#metadata.alignment ?? boxTemplate(this.#metadata.input);
  }

  get metadata() {
    return this.#metadata;
  }

  /** Pixels of the model's input: { width, height }. */
  get size() {
    return this.#metadata.input;
  }

  /**
   * Reads a face.
   * @param {Uint8Array} pixels height x width x 3 bytes of a face that was cut out
   * @returns { expression: { index, name, probabilities }, valence, arousal, actionUnits: [{ name, probability, isPresent }], others }, of
   * the tasks that the model has
   * @throws Error where an output is NaN or infinite: there is nothing to read in it
   */
  async predict(pixels, width, height) {
    const { input } = this.#metadata;
    const sized = width === input.width && height === input.height ? pixels
      : resize(withFourthByte(pixels, width, height), { x: 0, y: 0, width, height }, input.width, input.height);
    return this.#read(await this.#session.run({ [this.#session.inputNames[0]]: this.#tensor(sized) }));
  }

  #tensor(pixels) {
    const { input } = this.#metadata;
    return this.#session.inputNames[0] === 'pixels'
      ? new ort.Tensor('uint8', pixels, [1, input.height, input.width, 3])
      : new ort.Tensor('float32', normalized(pixels, input), [1, 3, input.height, input.width]);
  }

  #isKnown(task) {
    return known.get(task)?.includes(this.#metadata.decoders[task]?.kind) ?? false;
  }

  #read(outputs) {
    this.#requireFinite(outputs);
    const reading = { others: {} };
    for (const name of this.#session.outputNames.filter(name => !name.endsWith('.raw'))) {
      const values = Array.from(outputs[name].data);
      if (!this.#isKnown(name)) {
        reading.others[name] = values;
      } else if (name === 'expression') {
        const index = largest(values.map((p, i) => p * (this.#weights[i] ?? 1)));
        reading.expression = { index, name: this.#metadata.expressionClasses[index], probabilities: values };
      } else if (name === 'valence_arousal') {
        [reading.valence, reading.arousal] = values;
      } else {
        reading.actionUnits = this.#units(values);
      }
    }

    return reading;
  }

  // Of what the heads give: bounds on valence, for one, would make a number of what is infinite.
  #requireFinite(outputs) {
    for (const name of this.#session.outputNames) {
      const at = outputs[name].data.findIndex(value => !Number.isFinite(value));
      if (at >= 0) {
        throw new Error(
          `Output ${at} of the task '${name.replace(/\.raw$/, '')}' is ${outputs[name].data[at]}, which is no prediction: the model's ` +
          'weights are damaged, or its training went wrong.');
      }
    }
  }

  #units(probabilities) {
    const thresholds = this.#metadata.decoders.action_units.settings.thresholds.split(' ').map(Number);
    return this.#metadata.actionUnits.map((name, i) => ({
      name, probability: probabilities[i], isPresent: probabilities[i] > Math.fround(thresholds[i]),
    }));
  }
}

function largest(values) {
  return values.reduce((best, value, i) => value > values[best] ? i : best, 0);
}

function withFourthByte(pixels, width, height) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0, from = 0; from < pixels.length; from += 3, i += 4) {
    data.set(pixels.subarray(from, from + 3), i);
  }

  return { width, height, data };
}

function normalized(pixels, { width, height, mean, standardDeviation, channelOrder }) {
  const plane = width * height, values = new Float32Array(3 * plane);
  ['red', 'green', 'blue'].forEach((colour, channel) => {
    const target = (channelOrder === 'Bgr' ? 2 - channel : channel) * plane;
    for (let i = 0, from = channel; i < plane; i++, from += 3) {
      values[target + i] = ((pixels[from] / 255) - mean[colour]) / standardDeviation[colour];
    }
  });
  return values;
}
