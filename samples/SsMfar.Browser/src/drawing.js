const mark = '#2ecc71';

/** Paints a picture with its faces marked. */
export function draw(canvas, pixels, faces) {
  canvas.width = pixels.width;
  canvas.height = pixels.height;
  const context = canvas.getContext('2d'), line = Math.max(1, Math.max(pixels.width, pixels.height) / 400);
  context.putImageData(pixels, 0, 0);
  context.strokeStyle = mark;
  context.fillStyle = mark;
  context.lineWidth = line;
  faces.forEach(({ box, points, reading }, number) => {
    context.strokeRect(box.x, box.y, box.width, box.height);
    for (let i = 0; i < points.length; i += 2) {
      context.beginPath();
      context.arc(points[i], points[i + 1], 1.2 * line, 0, 2 * Math.PI);
      context.fill();
    }

    context.font = `${Math.min(Math.max(box.height / 8, 10), 48)}px sans-serif`;
    context.fillText(`${number + 1} ${reading?.expression?.name ?? ''}`, box.x, Math.max(12, box.y - (2 * line)));
  });
}

/** Says in words what was read. */
export function list(target, faces) {
  target.replaceChildren(...faces.map(({ reading, error }) => {
    const item = document.createElement('li');
    item.textContent = reading === undefined ? error.message : describe(reading);
    return item;
  }));
}

// Of an output of which only the application knows what it means, so many numbers are shown.
const shown = 8;

function describe({ expression, valence, arousal, actionUnits, others }) {
  const signed = value => (value < 0 ? '' : '+') + value.toFixed(2);
  return [
    expression && `${expression.name} ${expression.probabilities[expression.index].toFixed(2)}`,
    valence !== undefined && `valence ${signed(valence)}, arousal ${signed(arousal)}`,
    actionUnits && (actionUnits.filter(unit => unit.isPresent).map(unit => unit.name).join(' ') || 'no action unit'),
    ...Object.entries(others).map(([task, values]) => `${task} ${values.slice(0, shown).map(value => value.toFixed(2)).join(' ')}` +
      (values.length > shown ? ` and ${values.length - shown} more` : '')),
  ].filter(Boolean).join(', ');
}
