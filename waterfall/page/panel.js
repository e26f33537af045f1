// The panel beside the chart: a span, the totals, the errors, the critical path.

const TABS = ['span', 'totals', 'errors', 'path'];
const MOST = 500; // entries of a list

function panelIsOpen() { return !at('panel').hidden; }

function openPanel(tab) {
  at('panel').hidden = false;
  at('side').setAttribute('aria-expanded', 'true');
  showTab(tab);
  scrollToRow(view.active);
  resized();
}

function closePanel() {
  at('panel').hidden = true;
  at('side').setAttribute('aria-expanded', 'false');
  focusActive();
  resized();
}

function showTab(wanted) {
  for (const tab of TABS) {
    at(`tab-${tab}`).setAttribute('aria-selected', tab === wanted);
    at(`tab-${tab}`).tabIndex = tab === wanted ? 0 : -1;
    at(`page-${tab}`).hidden = tab !== wanted;
  }
}

function selectedTab() { return TABS.find((tab) => !at(`page-${tab}`).hidden); }

function fillPanel() {
  at('page-totals').append(...totals('By service', 'service', trace.services, swatch), ...totals('By kind', 'kind', trace.kinds));
  fillErrors();
  fillPath();
}

function totals(title, what, list, mark) {
  const most = list.reduce((longest, t) => Math.max(longest, t.self), 1);
  const head = element('tr', {}, ...[what, 'spans', 'errors', 'total', 'self'].map((h) => element('th', { scope: 'col' }, h)));
  const body = list.map((t, i) => [t, i]).sort(([a], [b]) => b.self - a.self).slice(0, MOST).map(([t, i]) => {
    const search = action(t.name, () => searchFor(t.name), 'Search for ');
    search.title = t.name;
    const name = element('th', { scope: 'row' }, element('span', {}, mark ? mark(i) : '', search));
    const bar = element('i', { className: 'share', 'aria-hidden': 'true' });
    bar.style.width = `${100 * t.self / most}%`;
    return element('tr', {}, name,
      element('td', {}, t.spans.toLocaleString('en')),
      element('td', { className: t.errors ? 'failed' : '' }, t.errors ? `✗ ${t.errors.toLocaleString('en')}` : ''),
      element('td', {}, formatDuration(t.total)),
      element('td', {}, formatDuration(t.self), bar));
  });
  return [
    element('h3', {}, title),
    element('table', {}, element('thead', {}, head), element('tbody', {}, ...body)),
    list.length > MOST ? nothing(`and ${(list.length - MOST).toLocaleString('en')} more`) : '',
    element('p', { className: 'legend' }, what === 'service' ? 'total: at least one span was open. self: in none of a span’s children.' : ''),
  ];
}

function failedRows() {
  const list = [];
  for (let row = 0; row < trace.rows; row++) {
    if (is(row, FAILED) && !is(row, RUN)) list.push(row);
  }
  return list;
}

// fillErrors lists where errors began, and then the spans that they reached.
function fillErrors() {
  const rows = failedRows();
  const origins = rows.filter(isOrigin), others = rows.filter((row) => !isOrigin(row));
  at('tab-errors').textContent = rows.length ? `Errors ${rows.length.toLocaleString('en')}` : 'Errors';
  at('tab-errors').classList.toggle('failed', rows.length > 0);
  const page = at('page-errors');
  if (rows.length === 0) page.append(nothing('No span failed.'));
  else page.append(...spanList('', origins, reason));
  if (others.length > 0) page.append(...spanList('Failed with one of these below', others, reason));
}

function reason(row) { return text(trace.message[row]) || text(trace.note[row]); }

function fillPath() {
  const rows = [];
  for (let row = 0; row < trace.rows; row++) {
    if (!is(row, RUN) && timeOnPath(row) > 0) rows.push(row);
  }
  rows.sort((a, b) => timeOnPath(b) - timeOnPath(a));
  const page = at('page-path');
  page.append(element('p', { className: 'legend' }, 'What the end of the trace waited for: the spans with the most time of their own on the critical path.'));
  if (rows.length === 0) page.append(nothing('There is none.'));
  else page.append(...spanList('', rows, (row) => share(timeOnPath(row), trace.total, 'the trace')));
}

function timeOnPath(row) { return trace.criticalSelf[row] + trace.criticalAfter[row]; }

// spanList is a list of rows that lead to their spans.
function spanList(title, rows, say) {
  const list = element('ol', { className: 'spans' });
  for (const row of rows.slice(0, MOST)) {
    const button = action('', () => reveal(row));
    button.append(swatch(trace.service[row]), element('b', {}, label(row)), element('span', { className: 'service' }, serviceName(row)), element('span', { className: 'reason' }, say(row)));
    list.append(element('li', {}, button));
  }
  const parts = title ? [element('h3', {}, title), list] : [list];
  if (rows.length > MOST) parts.push(nothing(`and ${(rows.length - MOST).toLocaleString('en')} more`));
  return parts;
}

function listenToPanel() {
  for (const tab of TABS) at(`tab-${tab}`).addEventListener('click', () => openPanel(tab));
  at('tabs').addEventListener('keydown', (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const tab = TABS[(TABS.indexOf(selectedTab()) + move + TABS.length) % TABS.length];
    showTab(tab);
    at(`tab-${tab}`).focus();
  });
  at('close').addEventListener('click', closePanel);
  at('side').addEventListener('click', togglePanel);
}

function togglePanel() {
  if (panelIsOpen()) closePanel();
  else openPanel(selectedTab());
}
