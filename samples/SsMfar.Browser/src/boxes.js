// Boxes are { x, y, width, height }, in pixels; candidates are { box, points, score, view }, points as [x, y, x, y, ...].

// Of two boxes one of which holds this much of the other, the lower score is a part of a face, or a face and its surroundings.
const contained = 0.75;

export const area = box => box.width * box.height;

function shared(a, b) {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

export function intersectionOverUnion(a, b) {
  const both = shared(a, b);
  return both > 0 ? both / (area(a) + area(b) - both) : 0;
}

/**
 * Non-maximum suppression: each face once, the best scores first. Findings of one view that are one face are averaged by their scores
 * where `blends` says so (MediaPipe's weighted suppression).
 */
export function suppress(candidates, overlap, blends) {
  const sorted = candidates.toSorted((a, b) => b.score - a.score), done = new Array(sorted.length).fill(false), faces = [];
  sorted.forEach((best, i) => {
    if (done[i]) {
      return;
    }

    const same = [];
    for (let k = i; k < sorted.length; k++) {
      const other = sorted[k];
      if (!done[k] && areOne(best.box, other.box, overlap)) {
        done[k] = true;
        if (other.view === best.view && intersectionOverUnion(best.box, other.box) >= overlap) {
          same.push(other);
        }
      }
    }

    faces.push(blends && same.length > 1 ? blend(same, best) : best);
  });
  return faces;
}

function areOne(a, b, overlap) {
  const both = shared(a, b);
  return both > 0 && (both >= overlap * (area(a) + area(b) - both) || both >= contained * Math.min(area(a), area(b)));
}

function blend(same, best) {
  const total = same.reduce((sum, face) => sum + face.score, 0);
  const mean = number => same.reduce((sum, face) => sum + (face.score * number(face)), 0) / total;
  return {
    ...best,
    box: {
      x: mean(face => face.box.x), y: mean(face => face.box.y), width: mean(face => face.box.width), height: mean(face => face.box.height),
    },
    points: best.points.map((_, i) => mean(face => face.points[i])),
  };
}
