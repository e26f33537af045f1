// The view: the visible range of time, and the active row.

const view = { from: 0, to: Math.max(trace.total, 1), active: trace.rows > 0 ? 0 : -1, path: true };

const whole = view.to;
const shortest = Math.min(100, whole); // the shortest visible range

// setView shows the time from one point to another, or the closest possible range.
function setView(from, to) {
  const length = Math.min(Math.max(to - from, shortest), whole);
  view.from = Math.min(Math.max(from, 0), whole - length);
  view.to = view.from + length;
  draw();
}

// zoom multiplies the visible range by factor, and keeps the time `around` at its
// place.
function zoom(factor, around = (view.from + view.to) / 2) {
  const length = view.to - view.from;
  const share = (around - view.from) / length;
  const next = Math.min(Math.max(length * factor, shortest), whole);
  setView(around - share * next, around + (1 - share) * next);
}

function pan(share) {
  const d = share * (view.to - view.from);
  setView(view.from + d, view.to + d);
}

function zoomOut() { setView(0, whole); }

// zoomTo shows the row's time with some room beside it.
function zoomTo(row) {
  const room = Math.max(trace.duration[row], shortest) * 0.1;
  setView(trace.start[row] - room, trace.start[row] + trace.duration[row] + room);
}

// draw brings everything that depends on the view up to date with it.
const draw = later(() => {
  drawRows();
  drawAxis();
  drawBars();
  placeShades();
});
