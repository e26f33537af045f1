// The keyboard.

const HELP = [
  ['↑ ↓', 'previous, next row'],
  ['← →', 'close, open; to the parent, to the first below'],
  ['Home End', 'first, last row'],
  ['Page Up, Page Down', 'a page up, down'],
  ['Enter', 'details of the span'],
  ['Escape', 'close the details, clear the search'],
  ['/', 'search'],
  ['n N', 'next, previous match'],
  ['e E', 'next, previous error'],
  ['+ −', 'zoom in, out'],
  ['0', 'show all'],
  ['z', 'zoom to the span'],
  ['Shift+← Shift+→', 'earlier, later'],
  ['* x X', 'expand the siblings, expand all, collapse all'],
  ['c', 'mark the critical path'],
  ['d', 'show the panel'],
  ['t', 'dark or light'],
  ['Drag on the bars, the axis or the overview', 'zoom to that range'],
  ['Ctrl+wheel, Shift+wheel', 'zoom, earlier and later'],
  ['Double click', 'on a bar: zoom to it; on the axis or the overview: show all'],
];

function focusActive() {
  if (view.active >= 0) rowElements.get(view.active)?.focus({ preventScroll: true });
}

const rowKeys = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(rowsInWindow()),
  PageUp: () => move(-rowsInWindow()),
  Home: () => move(-shownCount),
  End: () => move(shownCount),
  ArrowRight: () => {
    const row = view.active;
    if (trace.children[row] === 0) return;
    if (open[row]) move(1);
    else toggle(row, true);
  },
  ArrowLeft: () => {
    const row = view.active;
    if (open[row] && trace.children[row] > 0) toggle(row, false);
    else if (trace.parent[row] >= 0) activate(trace.parent[row], { focus: true });
  },
  Enter: () => openPanel('span'),
  ' ': () => toggle(view.active),
  '*': () => openSiblings(view.active),
};

const pageKeys = {
  '/': () => at('query').select(),
  n: () => step(search.matches, 1, { focus: true }),
  N: () => step(search.matches, -1, { focus: true }),
  e: () => step(failedRows(), 1, { focus: true }),
  E: () => step(failedRows(), -1, { focus: true }),
  '+': () => zoom(1 / 1.5),
  '=': () => zoom(1 / 1.5),
  '-': () => zoom(1.5),
  '−': () => zoom(1.5),
  0: zoomOut,
  z: () => view.active >= 0 && zoomTo(view.active),
  x: () => openAll(true),
  X: () => openAll(false),
  c: togglePath,
  d: togglePanel,
  t: toggleTheme,
  '?': () => at('help').showModal(),
  Escape: () => panelIsOpen() && closePanel(),
};

function move(by) {
  const to = Math.min(Math.max(place[view.active] + by, 0), shownCount - 1);
  activate(shown[to], { focus: true });
}

function rowsInWindow() { return Math.max(1, Math.floor(rowsHeight() / ROW) - 1); }

function togglePath() {
  view.path = !view.path;
  at('critical').setAttribute('aria-pressed', view.path);
  draw();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || at('help').open) return;
  const target = event.target;
  if (target.closest('input')) return;
  const inRows = target.closest('#rows, #scroller') || target === document.body;
  const act = shiftedKey(event) ?? (inRows && view.active >= 0 ? rowKeys[event.key] : undefined) ?? pageKeys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function shiftedKey(event) {
  if (!event.shiftKey) return undefined;
  return { ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2) }[event.key];
}

function gripKey(event) {
  const share = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01 }[event.key];
  if (!share) return;
  event.preventDefault();
  event.stopPropagation();
  const id = event.currentTarget.id;
  moveGrip(id, (id === 'from' ? view.from : view.to) + share * whole);
}

function listenToKeys() {
  document.addEventListener('keydown', onKey);
  for (const id of ['from', 'to']) at(id).addEventListener('keydown', gripKey);
  at('critical').addEventListener('click', togglePath);
  at('expand').addEventListener('click', () => openAll(true));
  at('collapse').addEventListener('click', () => openAll(false));
  at('theme').addEventListener('click', toggleTheme);
  at('keys').addEventListener('click', () => at('help').showModal());
  for (const [keys, what] of HELP) at('help-keys').append(element('dt', {}, keys), element('dd', {}, what));
}
