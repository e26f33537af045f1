// The rows' names. Only those in the window are in the document, and the active
// one, which has the focus.

const rowElements = new Map(); // by row
const INDENT = 14;

function fitSpace() {
  at('space').style.height = `${shownCount * ROW + at('axis').offsetHeight}px`;
  at('rows').setAttribute('aria-rowcount', shownCount);
}

function rowsHeight() { return at('body').clientHeight; }

function drawRows() {
  const scroller = at('scroller');
  const top = scroller.scrollTop;
  const first = Math.max(0, Math.floor(top / ROW));
  const last = Math.min(shownCount, Math.ceil((top + rowsHeight()) / ROW));
  const wanted = new Set();
  for (let i = first; i < last; i++) wanted.add(shown[i]);
  if (view.active >= 0) wanted.add(view.active);

  const free = [];
  for (const [row, e] of rowElements) {
    if (wanted.has(row)) continue;
    rowElements.delete(row);
    free.push(e);
  }
  const levels = mostLevels();
  let added = false;
  for (const row of wanted) {
    let e = rowElements.get(row);
    if (!e) {
      e = free.pop() ?? newRow();
      fillRow(e, row, levels);
      rowElements.set(row, e);
      added = true;
    }
    updateRow(e, row, top);
  }
  for (const e of free) e.remove();
  if (added) inOrder();
}

// inOrder keeps the elements in the order of the rows, because assistive technology
// reads them in that order.
function inOrder() {
  let before = null;
  for (const row of [...rowElements.keys()].sort((a, b) => b - a)) {
    const e = rowElements.get(row);
    if (e.nextSibling !== before || !e.isConnected) keepFocus(e, () => at('rows').insertBefore(e, before));
    before = e;
  }
}

function keepFocus(e, change) {
  const focused = document.activeElement === e;
  change();
  if (focused) e.focus({ preventScroll: true });
}

function newRow() {
  const part = (className) => element('span', { className });
  const e = element('div', { className: 'row', role: 'row' },
    element('span', { className: 'name', role: 'gridcell' },
      part('twist'), element('i', { className: 'swatch' }), part('mark'), part('label'), part('hidden'), part('note'), part('service')),
    element('span', { className: 'time', role: 'gridcell' }));
  e.firstChild.children[0].setAttribute('aria-hidden', 'true');
  return e;
}

function fillRow(e, row, most) {
  e.id = `row-${row}`;
  e.dataset.row = row;
  e.setAttribute('aria-level', trace.depth[row] + 1);
  const [name, time] = e.children;
  const [, dot, mark, words, , note, service] = name.children;
  const levels = Math.min(trace.depth[row], most);
  name.style.paddingLeft = `${6 + levels * INDENT}px`;
  dot.className = `swatch service-${trace.service[row] % SERVICE_COLOURS}`;
  mark.textContent = is(row, FAILED) ? '✗' : '';
  words.textContent = (trace.depth[row] > levels ? `+${trace.depth[row] - levels} ` : '') + label(row);
  note.textContent = text(trace.note[row]);
  service.textContent = serviceName(row);
  service.classList.toggle('same', trace.parent[row] >= 0 && trace.service[trace.parent[row]] === trace.service[row]);
  time.textContent = is(row, OPEN) ? '–' : formatDuration(trace.sum[row]);
  e.title = is(row, FAILED) || note.textContent ? `${label(row)}: ${note.textContent || 'failed'}` : label(row);
  e.classList.toggle('failed', is(row, FAILED));
}

// mostLevels is how many levels are indented, so that the names have room. It
// makes the browser lay the page out.
function mostLevels() { return Math.max(3, Math.floor((at('split').offsetLeft - 140) / INDENT)); }

function updateRow(e, row, top) {
  e.style.transform = `translateY(${place[row] * ROW - top}px)`;
  e.setAttribute('aria-rowindex', place[row] + 1);
  const twist = e.firstChild.firstChild, hidden = e.firstChild.children[4];
  if (trace.children[row] > 0) {
    e.setAttribute('aria-expanded', Boolean(open[row]));
    twist.textContent = open[row] ? '▾' : '▸';
  } else {
    e.removeAttribute('aria-expanded');
    twist.textContent = '';
  }
  hidden.textContent = hiddenBelow(row);
  e.tabIndex = row === view.active ? 0 : -1;
  e.setAttribute('aria-selected', row === view.active);
  e.classList.toggle('critical', view.path && is(row, MARKED));
  e.classList.toggle('match', isMatch(row));
}

// hiddenBelow returns a text about the rows that a closed row hides.
function hiddenBelow(row) {
  if (open[row] || trace.children[row] === 0) return '';
  const errors = trace.errorsBelow[row];
  const count = is(row, RUN) ? '' : `${(trace.after[row] - row - 1).toLocaleString('en')} below`;
  if (errors === 0 || is(row, RUN) && is(row, FAILED)) return count;
  return `${count}${count && ', '}✗ ${errors}`;
}

function scrollToRow(row) {
  if (row < 0) return;
  const scroller = at('scroller');
  const y = place[row] * ROW, height = rowsHeight();
  if (y < scroller.scrollTop) scroller.scrollTop = y;
  else if (y + ROW > scroller.scrollTop + height) scroller.scrollTop = y + ROW - height;
}

// activate makes a shown row the active one. With focus it gets the keyboard's.
function activate(row, { focus = false } = {}) {
  if (row < 0) return;
  view.active = row;
  scrollToRow(row);
  drawRows();
  drawBars();
  if (focus) rowElements.get(row).focus({ preventScroll: true });
  showSpan(row);
}

// reveal activates a row wherever it is, in the middle of the window if it was
// out of it.
function reveal(row, options) {
  if (place[row] < 0) {
    openAbove(row);
    layOut();
  }
  const scroller = at('scroller'), y = place[row] * ROW;
  if (y < scroller.scrollTop || y + ROW > scroller.scrollTop + rowsHeight()) {
    scroller.scrollTop = y - rowsHeight() / 2;
  }
  const start = trace.start[row], end = start + trace.duration[row];
  if (end < view.from || start > view.to) {
    const half = (view.to - view.from) / 2;
    setView((start + end) / 2 - half, (start + end) / 2 + half);
  }
  activate(row, options);
}
