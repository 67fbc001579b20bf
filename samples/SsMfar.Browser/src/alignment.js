import { landmarks as blazeFace } from './detector.js';

// Similarity transforms are { a, b, x, y }: (u, v) goes to (a u - b v + x, b u + a v + y).

/**
 * A template for models that name none: the upright square around the box, with a quarter of a side around, as large as the model looks at
 * it. A template is 16 to 1024 pixels a side.
 */
export function boxTemplate({ width, height }) {
  return { name: 'box', size: Math.min(Math.max(width, height, 16), 1024), margin: 0.25, points: [] };
}

const order = ['LeftEye', 'RightEye', 'Nose', 'MouthCenter', 'LeftMouthCorner', 'RightMouthCorner', 'LeftEar', 'RightEar'];

/**
 * Cuts a face out of a picture so that it lies as a template says (Umeyama, 1991, without reflection; the filter of resizing, turned with
 * the crop). The same as FaceAligner.Align of SsMfar.Faces.
 * @returns {Uint8Array} size x size x 3 bytes
 */
export function align(picture, face, template) {
  return warp(picture, invert(transform(face, template)), template.size);
}

/** From pixels of the picture to pixels of the crop. */
export function transform(face, template) {
  if (template.points.length === 0) {
    const { box } = face, scale = template.size / (Math.max(box.width, box.height) * (1 + (2 * template.margin)));
    return {
      a: scale, b: 0,
      x: (template.size / 2) - (scale * (box.x + (box.width / 2))), y: (template.size / 2) - (scale * (box.y + (box.height / 2))),
    };
  }

  const has = blazeFace.map((landmark, i) => ({ landmark, x: face.points[2 * i], y: face.points[(2 * i) + 1] }));
  const pairs = order.map(landmark => [find(has, landmark), find(template.points, landmark)])
    .filter(([from, to]) => from !== null && to !== null);
  if (pairs.length < 2) {
    throw new Error(`The template '${template.name}' of the model shares less than two landmarks with the detector.`);
  }

  return estimate(pairs.map(([from]) => from), pairs.map(([, to]) => ({ x: to.x * template.size, y: to.y * template.size })));
}

// The middle of a mouth is that of its corners where these are known; BlazeFace has the middle alone, so that it is never said twice.
function find(points, landmark) {
  const found = points.find(point => point.landmark === landmark);
  const left = points.find(point => point.landmark === 'LeftMouthCorner');
  const right = points.find(point => point.landmark === 'RightMouthCorner');
  return found ?? (landmark === 'MouthCenter' && left && right ? { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 } : null);
}

function estimate(from, to) {
  const mean = points => ({
    x: points.reduce((sum, point) => sum + point.x, 0) / points.length, y: points.reduce((sum, point) => sum + point.y, 0) / points.length,
  });
  const start = mean(from), end = mean(to);
  let spread = 0, dot = 0, cross = 0;
  from.forEach((point, i) => {
    const x = point.x - start.x, y = point.y - start.y, u = to[i].x - end.x, v = to[i].y - end.y;
    spread += (x * x) + (y * y);
    dot += (x * u) + (y * v);
    cross += (x * v) - (y * u);
  });
  if (!(spread > 0) || !Number.isFinite(spread + dot + cross) || (dot === 0 && cross === 0)) {
    throw new Error('The landmarks of the face cannot be brought onto the template.');
  }

  const a = dot / spread, b = cross / spread;
  return { a, b, x: end.x - (a * start.x) + (b * start.y), y: end.y - (b * start.x) - (a * start.y) };
}

function invert({ a, b, x, y }) {
  const square = (a * a) + (b * b), c = a / square, d = -b / square;
  return { a: c, b: d, x: -((c * x) - (d * y)), y: -((d * x) + (c * y)) };
}

// Bilinear, widened when shrinking, laid along the crop's rows and columns. Beyond the picture's edges its outermost pixels repeat.
function warp(picture, toPicture, size) {
  const scale = Math.hypot(toPicture.a, toPicture.b), radius = Math.max(1, scale);
  const cosine = toPicture.a / scale, sine = toPicture.b / scale, reach = radius * (Math.abs(cosine) + Math.abs(sine));
  const { width, height, data } = picture, crop = new Uint8Array(3 * size * size);
  const range = { from: 0, to: 0 };
  for (let y = 0, target = 0; y < size; y++) {
    for (let x = 0; x < size; x++, target += 3) {
      const u = x + 0.5, v = y + 0.5;
      const atX = Math.min(Math.max((toPicture.a * u) - (toPicture.b * v) + toPicture.x, 0), width);
      const atY = Math.min(Math.max((toPicture.b * u) + (toPicture.a * v) + toPicture.y, 0), height);
      const lastRow = Math.min(height - 1, Math.ceil(atY + reach - 0.5));
      let red = 0, green = 0, blue = 0, total = 0;
      for (let row = Math.max(0, Math.floor(atY - reach - 0.5)); row <= lastRow; row++) {
        const down = row + 0.5 - atY;
        range.from = -reach;
        range.to = reach;
        narrow(range, cosine, sine * down, radius);
        narrow(range, -sine, cosine * down, radius);
        const first = Math.max(0, Math.ceil(atX + range.from - 0.5)), last = Math.min(width - 1, Math.floor(atX + range.to - 0.5));
        const right = first + 0.5 - atX;
        let across = ((cosine * right) + (sine * down)) / radius, along = ((cosine * down) - (sine * right)) / radius;
        for (let column = first, at = 4 * ((row * width) + first); column <= last; column++, at += 4) {
          const weight = Math.max(0, 1 - Math.abs(across)) * Math.max(0, 1 - Math.abs(along));
          red += weight * data[at];
          green += weight * data[at + 1];
          blue += weight * data[at + 2];
          total += weight;
          across += cosine / radius;
          along -= sine / radius;
        }
      }

      if (total > 0) {
        crop[target] = Math.min(255, (red / total) + 0.5);
        crop[target + 1] = Math.min(255, (green / total) + 0.5);
        crop[target + 2] = Math.min(255, (blue / total) + 0.5);
      } else {
        // At the very edge of what the filter reaches: the nearest pixel.
        const nearest = 4 * ((Math.min(Math.trunc(atY), height - 1) * width) + Math.min(Math.trunc(atX), width - 1));
        crop.set(data.subarray(nearest, nearest + 3), target);
      }
    }
  }

  return crop;
}

// Of the x with |slope x + offset| <= radius.
function narrow(range, slope, offset, radius) {
  if (Math.abs(slope) < 1e-9) {
    return;
  }

  const a = (-radius - offset) / slope, b = (radius - offset) / slope;
  range.from = Math.max(range.from, Math.min(a, b));
  range.to = Math.min(range.to, Math.max(a, b));
}
