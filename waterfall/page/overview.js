// A small picture of the whole trace, with the visible range in it.

function drawSilhouette() {
  const { context, width, height } = fitCanvas(at('silhouette'));
  const line = Math.max(1, (height - 8) / Math.max(trace.rows, 1));
  for (let row = 0; row < trace.rows; row++) {
    if (is(row, RUN)) continue;
    const failed = is(row, FAILED);
    context.fillStyle = failed ? colours.error : serviceColour(row);
    const x = trace.start[row] / whole * width;
    const w = is(row, OPEN) ? 1 : Math.max(trace.duration[row] / whole * width, failed ? 2 : 0.5);
    context.fillRect(x, 4 + row / trace.rows * (height - 8 - line), w, failed ? Math.max(line, 2) : line);
  }
}

function placeShades() {
  const from = 100 * view.from / whole, to = 100 * view.to / whole;
  at('before').style.width = `${from}%`;
  at('after').style.left = `${to}%`;
  at('from').style.left = `${from}%`;
  at('to').style.left = `${to}%`;
  for (const [id, time] of [['from', view.from], ['to', view.to]]) {
    at(id).setAttribute('aria-valuemin', 0);
    at(id).setAttribute('aria-valuemax', 100);
    at(id).setAttribute('aria-valuenow', Math.round(100 * time / whole));
    at(id).setAttribute('aria-valuetext', formatDuration(time));
  }
}

// moveGrip moves one end of the visible range, and keeps the other end.
function moveGrip(id, time) {
  if (id === 'from') setView(Math.max(0, Math.min(time, view.to - shortest)), view.to);
  else setView(view.from, Math.min(whole, Math.max(time, view.from + shortest)));
}
