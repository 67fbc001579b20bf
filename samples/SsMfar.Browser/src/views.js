// What of a picture a network looks at: { left, top, scale }, a part with the shape of the network's input, which may reach over the
// picture's edges; scale is pixels of the picture for a pixel of the input. What lies outside of the picture is black.
import { resize } from './pictures.js';

// A finding that comes this near to an edge inside of the picture, as a share of the view, is a face that the view cuts off.
const edgeShare = 0.01;

// An edge this near to the picture's is the picture's, whatever the last digits are, in pixels.
const rounding = 0.5;

// Faces a seventh smaller than asked for are not worth another step: the size from which a network finds faces is no sharp line.
const tolerance = 0.2;

// The most views of a picture, and by how much larger the faces are that a picture of more is searched for instead.
const most = 4096;
const coarser = 1.25;

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// To the nearest, halves to the even one, as .NET rounds.
function round(value) {
  const nearest = Math.round(value);
  return Math.abs(value % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** The views in which every face from a size on is large enough in one, and whole in one; where those were too many, larger faces. */
export function viewsOf(picture, side, smallestOfNetwork, smallestFace) {
  const views = [];
  for (const view of allViews(picture, side, smallestOfNetwork, Math.trunc(smallestFace))) {
    if (views.length === most) {
      return viewsOf(picture, side, smallestOfNetwork, coarser * smallestFace);
    }

    views.push(view);
  }

  return views;
}

function* allViews(picture, side, smallestOfNetwork, smallestFace) {
  const all = wholeView(picture, side, 1);
  yield all;
  const wanted = Math.max(1, smallestFace) / smallestOfNetwork;
  const steps = wanted >= all.scale ? 0 : Math.ceil(Math.log2(all.scale / wanted) - tolerance);
  for (let step = 1; step <= steps; step++) {
    const scale = all.scale * ((wanted / all.scale) ** (step / steps));
    const overlap = 1.5 * smallestOfNetwork * scale * ((all.scale / wanted) ** (1 / steps));
    for (const top of places(picture.height, scale * side, overlap)) {
      for (const left of places(picture.width, scale * side, overlap)) {
        yield { left, top, scale };
      }
    }
  }
}

/** The whole picture; a distance above 1 leaves a margin. */
export function wholeView(picture, side, distance) {
  const scale = distance * Math.max(picture.width / side, picture.height / side);
  return { left: (picture.width - (scale * side)) / 2, top: (picture.height - (scale * side)) / 2, scale };
}

/** The view with a face in its middle. */
export function viewAround(box, scale, side) {
  return { left: box.x + (box.width / 2) - (scale * side / 2), top: box.y + (box.height / 2) - (scale * side / 2), scale };
}

/** Whether any of the picture is to be seen. */
export function shows(view, picture, side) {
  return view.left < picture.width - 1 && view.top < picture.height - 1
    && view.left + (view.scale * side) > 1 && view.top + (view.scale * side) > 1;
}

/** Whether a face is cut off by an edge of the view that is none of the picture. */
export function cutsOff(view, box, picture, side) {
  const right = view.left + (view.scale * side), bottom = view.top + (view.scale * side), near = edgeShare * view.scale * side;
  return (view.left > rounding && box.x < view.left + near) || (view.top > rounding && box.y < view.top + near)
    || (right < picture.width - rounding && box.x + box.width > right - near)
    || (bottom < picture.height - rounding && box.y + box.height > bottom - near);
}

/** Paints the view: side x side x 3 bytes, and how pixels of the input become pixels of the picture. */
export function paint(view, picture, side) {
  const part = inside(view, picture, side);
  const x = clamp(round((part.x - view.left) / view.scale), 0, side - 1);
  const y = clamp(round((part.y - view.top) / view.scale), 0, side - 1);
  const across = clamp(round(part.width / view.scale), 1, side - x), down = clamp(round(part.height / view.scale), 1, side - y);
  const pixels = resize(picture, part, across, down), canvas = new Uint8Array(3 * side * side);
  for (let row = 0; row < down; row++) {
    canvas.set(pixels.subarray(3 * row * across, 3 * (row + 1) * across), 3 * (((y + row) * side) + x));
  }

  const scaleX = part.width / across, scaleY = part.height / down;
  return { canvas, mapping: { x: part.x - (x * scaleX), y: part.y - (y * scaleY), scaleX, scaleY } };
}

function inside(view, picture, side) {
  const left = clamp(round(view.left), 0, picture.width - 1), top = clamp(round(view.top), 0, picture.height - 1);
  const right = clamp(round(view.left + (view.scale * side)), left + 1, picture.width);
  const bottom = clamp(round(view.top + (view.scale * side)), top + 1, picture.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

// Where views of a length start, so that they cover a side and neighbours share a part.
function places(side, length, overlap) {
  if (length >= side) {
    return [(side - length) / 2];
  }

  const count = 1 + Math.ceil((side - length) / Math.max(length - overlap, length / 4));
  return Array.from({ length: count }, (_, i) => i * (side - length) / (count - 1));
}
