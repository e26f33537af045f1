// The rows that are open, and the rows that are shown because of that.

const open = new Uint8Array(trace.rows);
const shown = new Int32Array(trace.rows); // the rows that are shown, from top to bottom
const place = new Int32Array(trace.rows); // the place of a row in shown, -1 for a hidden row
let shownCount = 0;

const FEW = 120; // rows that are shown at first

function layOut() {
  place.fill(-1);
  shownCount = 0;
  for (let row = 0; row < trace.rows;) {
    place[row] = shownCount;
    shown[shownCount++] = row;
    row = open[row] ? row + 1 : trace.after[row];
  }
  if (view.active >= 0) view.active = shownAncestor(view.active);
  fitSpace();
  draw();
}

function shownAncestor(row) {
  while (place[row] < 0) row = trace.parent[row];
  return row;
}

// openSome opens the longest spans while few rows are shown, and the rows above the
// first errors.
function openSome() {
  let candidates = childrenOf(-1), count = candidates.length;
  if (count === 1) {
    open[0] = 1;
    candidates = childrenOf(0);
    count += candidates.length;
  }
  while (candidates.length > 0 && count < FEW) {
    let longest = 0;
    for (let i = 1; i < candidates.length; i++) {
      if (trace.duration[candidates[i]] > trace.duration[candidates[longest]]) longest = i;
    }
    const row = candidates[longest];
    candidates[longest] = candidates[candidates.length - 1];
    candidates.pop();
    if (is(row, RUN) || count + trace.children[row] > FEW) continue;
    open[row] = 1;
    count += trace.children[row];
    candidates.push(...childrenOf(row));
  }
  for (const row of firstErrors(10)) openAbove(row);
}

function childrenOf(row) {
  const list = [];
  const end = row < 0 ? trace.rows : trace.after[row];
  for (let i = row + 1; i < end; i = trace.after[i]) list.push(i);
  return list;
}

function firstErrors(most) {
  const list = [];
  for (let i = 0; i < trace.rows && list.length < most; i++) {
    if (isOrigin(i)) list.push(i);
  }
  return list;
}

// isOrigin tells whether a span failed without a failed span below it.
function isOrigin(row) { return is(row, ORIGIN) && !is(row, RUN); }

function openAbove(row) {
  for (let p = trace.parent[row]; p >= 0; p = trace.parent[p]) open[p] = 1;
}

function toggle(row, wanted = !open[row]) {
  if (trace.children[row] === 0 || Boolean(open[row]) === wanted) return;
  open[row] = wanted ? 1 : 0;
  layOut();
}

function openAll(wanted) {
  open.fill(wanted ? 1 : 0);
  layOut();
  scrollToRow(view.active);
}

// openSiblings opens all rows beside the row.
function openSiblings(row) {
  for (const sibling of childrenOf(trace.parent[row])) open[sibling] = 1;
  layOut();
}
