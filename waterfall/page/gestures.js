// The actions of the pointer.

// drag calls move with the pointer's x in the element from when it goes down,
// and done when it goes up, with whether it has moved.
function drag(e, { start, move, done }) {
  e.addEventListener('pointerdown', (down) => {
    if (down.button !== 0) return;
    const left = e.getBoundingClientRect().left;
    const from = down.clientX - left;
    if (start && start(from, down) === false) return;
    let moved = false;
    const onMove = (event) => {
      moved ||= Math.abs(event.clientX - left - from) > 3;
      if (moved) move(event.clientX - left, from);
    };
    const onEnd = (event) => {
      e.removeEventListener('pointermove', onMove);
      e.removeEventListener('pointerup', onEnd);
      e.removeEventListener('pointercancel', onEnd);
      done?.(event.clientX - left, from, moved && event.type === 'pointerup', event);
    };
    e.setPointerCapture(down.pointerId);
    e.addEventListener('pointermove', onMove);
    e.addEventListener('pointerup', onEnd);
    e.addEventListener('pointercancel', onEnd);
  });
}

// brush lets a range be dragged on an element, and zooms to it.
function brush(e, band, timeAt, click) {
  const show = (x, from) => {
    band.hidden = false;
    band.style.left = `${e.offsetLeft + Math.min(x, from)}px`;
    band.style.width = `${Math.abs(x - from)}px`;
  };
  drag(e, {
    move: show,
    done: (x, from, moved, event) => {
      band.hidden = true;
      if (moved) setView(timeAt(Math.min(x, from)), timeAt(Math.max(x, from)));
      else if (event.type === 'pointerup') click?.(event);
    },
  });
}

function listenToPointer() {
  const bars = at('bars'), axis = at('ticks'), silhouette = at('silhouette');
  const inView = (e) => (x) => timeOf(x, e.clientWidth);
  brush(bars, at('hover'), inView(bars), clickBars);
  brush(axis, at('hover'), inView(axis));
  brush(silhouette, at('brush'), (x) => x / silhouette.clientWidth * whole);
  for (const id of ['from', 'to']) {
    drag(at(id), { move: () => {}, done: () => {} });
    at(id).addEventListener('pointermove', (event) => {
      if (!at(id).hasPointerCapture(event.pointerId)) return;
      const box = silhouette.getBoundingClientRect();
      moveGrip(id, (event.clientX - box.left) / box.width * whole);
    });
  }
  for (const e of [axis, silhouette]) e.addEventListener('dblclick', zoomOut);
  bars.addEventListener('dblclick', (event) => {
    const row = rowAt(event);
    if (row >= 0) zoomTo(row);
  });
  bars.addEventListener('pointermove', (event) => {
    bars.title = barTitle(rowAt(event));
  });
  at('window').addEventListener('wheel', wheel, { passive: false });
  at('scroller').addEventListener('scroll', draw, { passive: true });
  at('rows').addEventListener('click', clickRow);
  at('rows').addEventListener('dblclick', (event) => {
    const row = event.target.closest('.row');
    if (row && !event.target.closest('.twist')) toggle(Number(row.dataset.row));
  });
  listenToSplit();
}

function rowAt(event) {
  const y = event.clientY - at('bars').getBoundingClientRect().top + at('scroller').scrollTop;
  const i = Math.floor(y / ROW);
  return i >= 0 && i < shownCount ? shown[i] : -1;
}

function barTitle(row) {
  if (row < 0) return '';
  const time = is(row, OPEN) ? 'unfinished' : formatDuration(trace.sum[row]);
  return `${label(row)}\n${serviceName(row)}\n${time}, from ${formatDuration(trace.start[row])}`;
}

function clickBars(event) {
  const row = rowAt(event);
  if (row < 0) return;
  activate(row, { focus: true });
  openPanel('span');
}

function clickRow(event) {
  const e = event.target.closest('.row');
  if (!e) return;
  const row = Number(e.dataset.row);
  if (event.target.closest('.twist')) {
    toggle(row);
    activate(row, { focus: true });
    return;
  }
  activate(row, { focus: true });
  openPanel('span');
}

// wheel zooms with ctrl, and moves sideways with shift or a sideways wheel.
function wheel(event) {
  const canvas = at('bars');
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 16;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    const x = event.clientX - canvas.getBoundingClientRect().left;
    zoom(Math.exp(event.deltaY * unit * 0.002), timeOf(Math.max(0, x), canvas.clientWidth));
    return;
  }
  const sideways = event.shiftKey && Math.abs(event.deltaX) < Math.abs(event.deltaY) ? event.deltaY : event.deltaX;
  if (sideways !== 0 && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))) {
    event.preventDefault();
    pan(sideways * unit / canvas.clientWidth);
  }
}

function listenToSplit() {
  const split = at('split');
  const width = (px) => {
    const chart = at('chart').clientWidth;
    document.documentElement.style.setProperty('--names', `${Math.min(Math.max(px, 120), chart - 180)}px`);
    const levels = mostLevels();
    rowElements.forEach((e, row) => fillRow(e, row, levels));
    draw();
  };
  split.addEventListener('pointerdown', (event) => split.setPointerCapture(event.pointerId));
  split.addEventListener('pointermove', (event) => {
    if (split.hasPointerCapture(event.pointerId)) width(event.clientX - at('chart').getBoundingClientRect().left);
  });
  split.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -20, ArrowRight: 20 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    width(split.offsetLeft + step);
  });
}
