import { align } from './alignment.js';
import { FaceDetector } from './detector.js';
import { AffectModel } from './model.js';

/** From a picture to its faces and what the model reads in each, as FaceReader of SsMfar.Faces. Nothing leaves the browser. */
export class FaceReader {
  #reads = new Set();

  constructor(detector, model) {
    this.detector = detector;
    this.model = model;
  }

  /**
   * Loads a detector and a model.
   * @param detector the address of BlazeFace's ONNX file
   * @param model the address of a model's, or its bytes
   */
  static async load(detector, model) {
    const bytes = await Promise.all([fetchBytes(detector), model instanceof Uint8Array ? model : fetchBytes(model)]);
    const finder = await FaceDetector.load(bytes[0]);
    try {
      return new FaceReader(finder, await AffectModel.load(bytes[1]));
    } catch (error) {
      await finder.release();
      throw error;
    }
  }

  /** Frees the networks' memory, once what is being read is read; nothing can be read any more. */
  async release() {
    await Promise.allSettled(this.#reads);
    await Promise.all([this.detector.release(), this.model.release()]);
  }

  /**
   * Reads a picture.
   * @param picture ImageData, or another object with width, height and data of four bytes a pixel
   * @param options those of FaceDetector.detect
   * @returns a list, the largest face first: { box, points, score, reading }, or { ..., error } where a face could not be aligned, or the
   * model gives no numbers for it
   */
  read(picture, options = undefined) {
    const reading = this.#read(picture, options), done = () => this.#reads.delete(reading);
    this.#reads.add(reading);
    reading.then(done, done);
    return reading;
  }

  async #read(picture, options) {
    const results = [];
    for (const face of await this.detector.detect(picture, options)) {
      const { template } = this.model;
      try {
        results.push({ ...face, reading: await this.model.predict(align(picture, face, template), template.size, template.size) });
      } catch (error) {
        results.push({ ...face, error });
      }
    }

    return results;
  }
}

async function fetchBytes(address) {
  const response = await fetch(address);
  if (!response.ok) {
    throw new Error(`${address} is not there (${response.status}). Build the page with 'npm run build -- --model model.onnx'.`);
  }

  return new Uint8Array(await response.arrayBuffer());
}
