// The bars of the rows in the window, on one canvas.

const ROW = 22; // a row's height in px, also in the style sheet

function drawBars() {
  const { context, width, height } = fitCanvas(at('bars'));
  context.fillStyle = colours.line;
  for (const time of ticks(width).list) context.fillRect(Math.round(xOf(time, width)), 0, 1, height);
  const top = at('scroller').scrollTop;
  const first = Math.floor(top / ROW), last = Math.min(shownCount, Math.ceil((top + height) / ROW));
  for (let i = first; i < last; i++) drawRowBars(context, width, i * ROW - top, shown[i]);
}

// drawRowBars draws a span, or all spans of a run with a line between them.
function drawRowBars(context, width, y, row) {
  if (!is(row, RUN)) {
    drawBar(context, width, y, row);
    return;
  }
  const from = clamp(xOf(trace.start[row], width), width), to = clamp(xOf(trace.start[row] + trace.duration[row], width), width);
  context.fillStyle = serviceColour(row);
  context.fillRect(from, y + ROW / 2 - 0.5, Math.max(to - from, 0), 1);
  let covered = -1; // a pixel is drawn once, however many spans are in it
  for (let child = row + 1; child < trace.after[row]; child = trace.after[child]) {
    const end = xOf(trace.start[child] + trace.duration[child], width);
    if (end < covered && !is(child, CRITICAL)) continue;
    covered = Math.max(covered, Math.ceil(end));
    drawBar(context, width, y, child);
  }
}

function drawBar(context, width, y, row) {
  const left = xOf(trace.start[row], width), right = xOf(trace.start[row] + trace.duration[row], width);
  if (right < -2 || left > width + 2) return;
  const x = clamp(left, width), w = Math.max(clamp(right, width) - x, 2);
  context.fillStyle = is(row, FAILED) ? colours.error : serviceColour(row);
  if (is(row, OPEN)) {
    dashes(context, x, y + ROW / 2 - 1, w);
    context.fillRect(x, y + 5, 2, ROW - 10);
  } else {
    context.fillRect(x, y + 5, w, ROW - 10);
  }
  if (view.path && is(row, CRITICAL)) drawPath(context, width, y, row);
}

function dashes(context, x, y, width) {
  for (let dx = 0; dx < width; dx += 8) context.fillRect(x + dx, y, Math.min(5, width - dx), 2);
}

function clamp(x, width) { return Math.min(Math.max(x, -2), width + 2); }

// drawPath underlines the time in which the critical path is in the span itself.
function drawPath(context, width, y, row) {
  context.fillStyle = colours.path;
  const parts = trace.path.get(row) ?? [];
  for (let i = 1; i < parts.length; i += 2) {
    const x = clamp(xOf(parts[i], width), width), w = clamp(xOf(parts[i + 1], width), width) - x;
    if (w > 0) context.fillRect(x, y + ROW - 5, Math.max(w, 1), 3);
  }
}
