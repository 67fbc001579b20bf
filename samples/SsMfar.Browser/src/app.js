import { decode, pixelsOf } from './pictures.js';
import { FaceReader } from './reader.js';
import { draw, list } from './drawing.js';

// The small network and larger faces than in a picture: a person before a camera is near.
const camera = { detector: './models/blazeface-front.onnx', options: { smallestFace: 96 } };
const picture = { detector: './models/blazeface-back.onnx', options: {} };

const element = id => document.getElementById(id);
const readers = new Map();
let model = './models/model.onnx';
let stream = null;
let turn = 0;
let choice = 0;

// One session for each detector, made when it is first needed. What could not be loaded is tried again by the next picture.
function readerFor({ detector }) {
  if (!readers.has(detector)) {
    const reader = FaceReader.load(detector, model);
    readers.set(detector, reader);
    reader.catch(() => {
      if (readers.get(detector) === reader) {
        readers.delete(detector);
      }
    });
  }

  return readers.get(detector);
}

// Sessions lie outside of what the browser's collector sees. What has just been asked for is still read.
function dropReaders() {
  readers.forEach(reader => reader.then(loaded => loaded.release()).catch(() => {}));
  readers.clear();
}

function say(text, isError = false) {
  element('status').textContent = text;
  element('status').classList.toggle('error', isError);
}

// What is asked for last takes the place of what goes on, which then shows nothing more. Whatever fails is said on the page.
async function attempt(action) {
  stop();
  const own = turn, isWanted = () => turn === own;
  try {
    await action(isWanted);
  } catch (error) {
    if (isWanted()) {
      stop();
      say(error.message, true);
    }
  }
}

async function readPicture(file, isWanted) {
  say('Reading…');
  const pixels = await decode(file).catch(() => {
    throw new Error(`'${file.name}' is no picture that this browser can read.`);
  });
  const faces = await (await readerFor(picture)).read(pixels, picture.options);
  if (!isWanted()) {
    return;
  }

  show(pixels, faces);
  say(faces.length === 0 ? 'No face was found.' : `${faces.length} ${faces.length === 1 ? 'face' : 'faces'}.`);
}

// What is read goes on with the model before until the chosen one is proven. Of several that are chosen the last counts.
async function changeModel(file, isWanted) {
  const own = ++choice;
  say('Loading…');
  const bytes = new Uint8Array(await file.arrayBuffer()), reader = await FaceReader.load(picture.detector, bytes);
  if (choice !== own) {
    await reader.release();
    return;
  }

  dropReaders();
  model = bytes;
  readers.set(picture.detector, Promise.resolve(reader));
  if (isWanted()) {
    say(`'${file.name}' is loaded.`);
  }
}

async function readCamera(isWanted) {
  if (navigator.mediaDevices === undefined) {
    throw new Error('The camera cannot be used: browsers give it to pages over https, or of this machine, alone.');
  }

  say('Waiting for the camera…');
  const opened = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } }).catch(error => {
    throw new Error(`The camera cannot be used: ${error.message}.`);
  });

  // Whoever is asked for leave may answer late.
  if (!isWanted()) {
    end(opened);
    return;
  }

  stream = opened;
  element('camera').textContent = 'Stop the camera';
  const video = document.createElement('video');
  video.srcObject = opened;
  video.muted = true;
  await video.play();
  const reader = await readerFor(camera), canvas = new OffscreenCanvas(1, 1), times = [];
  while (isWanted()) {
    const pixels = pixelsOf(video, canvas), faces = await reader.read(pixels, camera.options);
    if (!isWanted()) {
      return;
    }

    show(pixels, faces);
    times.push(performance.now());
    if (times.length > 20) {
      times.shift();
    }

    const rate = times.length < 2 ? 0 : 1000 * (times.length - 1) / (times.at(-1) - times[0]);
    say(`${rate.toFixed(1)} frames a second`);
    element('status').dataset.rate = rate.toFixed(2);

    // A pause, in which the page is painted and buttons answer.
    await new Promise(resolve => setTimeout(resolve));
  }
}

function stop() {
  turn++;
  if (stream !== null) {
    end(stream);
  }

  stream = null;
  element('camera').textContent = 'Use the camera';
}

function end(opened) {
  opened.getTracks().forEach(track => track.stop());
}

function show(pixels, faces) {
  draw(element('view'), pixels, faces);
  list(element('faces'), faces);
}

element('picture').addEventListener('change', event => {
  const [file] = event.target.files;
  event.target.value = '';
  if (file) {
    attempt(isWanted => readPicture(file, isWanted));
  }
});

element('model').addEventListener('change', event => {
  const [file] = event.target.files;
  event.target.value = '';
  if (file) {
    attempt(isWanted => changeModel(file, isWanted));
  }
});

element('camera').addEventListener('click', () => {
  if (stream !== null) {
    stop();
    say('');
    return;
  }

  attempt(readCamera);
});
