// What is shown: the range of time, and the row that is active.

const view = { from: 0, to: Math.max(trace.total, 1), active: trace.rows > 0 ? 0 : -1, path: true };

const whole = view.to;
const shortest = Math.min(100, whole); // the range that can't be zoomed further

// setView shows the time from one point to another, or what comes closest.
function setView(from, to) {
  const length = Math.min(Math.max(to - from, shortest), whole);
  view.from = Math.min(Math.max(from, 0), whole - length);
  view.to = view.from + length;
  draw();
}

// zoom multiplies what is shown by factor, and keeps the time `around` where
// it is.
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
