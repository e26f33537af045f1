// The search looks at each text once, however many spans have it.

const search = { words: '', matches: new Int32Array(0), isMatch: new Uint8Array(trace.rows), lower: null };

function isMatch(row) { return search.isMatch[row] === 1; }

function prepareSearch() { search.lower ??= trace.strings.map((s) => s.toLowerCase()); }

function find(query) {
  search.words = query.trim().toLowerCase();
  search.isMatch.fill(0);
  const list = [];
  if (search.words) {
    const hit = hitsByText(search.words);
    for (let row = 0; row < trace.rows; row++) {
      if (!is(row, RUN) && matches(row, hit)) search.isMatch[row] = 1;
    }
    for (const row of findID(search.words)) search.isMatch[row] = 1;
    for (let row = 0; row < trace.rows; row++) {
      if (search.isMatch[row]) list.push(row);
    }
  }
  search.matches = Int32Array.from(list);
  tellFound();
  draw();
}

function hitsByText(words) {
  prepareSearch();
  return {
    texts: Uint8Array.from(search.lower, (s) => (s.includes(words) ? 1 : 0)),
    services: trace.services.map((s) => s.name.toLowerCase().includes(words)),
  };
}

function matches(row, { texts, services }) {
  if (services[trace.service[row]] || texts[trace.name[row]] || texts[trace.fullName[row]] ||
    texts[trace.note[row]] || texts[trace.message[row]] || texts[trace.kind[row]]) return true;
  for (const { from, list } of [trace.attributes, trace.ids]) {
    for (let i = from[row] + 1; i < from[row + 1]; i += 2) {
      if (texts[list[i]]) return true;
    }
  }
  return (trace.events.get(row) ?? []).some((e) => texts[e[1]] || e.some((n, i) => i >= 4 && i % 2 === 0 && texts[n]));
}

// findID finds a span id.
function findID(id) {
  if (!/^[0-9a-f]{16}$/.test(id)) return [];
  const rows = [];
  for (let i = trace.spanIDs.indexOf(id); i >= 0; i = trace.spanIDs.indexOf(id, i + 1)) {
    if (i % 16 === 0 && !is(i / 16, RUN)) rows.push(i / 16);
  }
  return rows;
}

function tellFound() {
  const count = search.matches.length;
  const current = isMatch(view.active) ? search.matches.indexOf(view.active) + 1 : 0;
  at('found').textContent = !search.words ? ''
    : count === 0 ? 'no match'
      : current ? `${current.toLocaleString('en')} of ${count.toLocaleString('en')}`
        : `${count.toLocaleString('en')} ${count === 1 ? 'match' : 'matches'}`;
  at('next').disabled = at('previous').disabled = count === 0;
}

// step goes to the next row of a sorted list after the active one, or with -1 to the
// one before it. After the end of the list it goes on at the other end.
function step(list, direction, options) {
  if (list.length === 0) return;
  const next = direction > 0
    ? list.find((row) => row > view.active) ?? list[0]
    : list.findLast((row) => row < view.active) ?? list[list.length - 1];
  reveal(next, options);
  tellFound();
}

function listenToSearch() {
  const query = at('query');
  const look = later(() => {
    find(query.value);
  });
  query.addEventListener('input', look);
  query.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      if (query.value.trim().toLowerCase() !== search.words) find(query.value);
      step(search.matches, event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
      query.value = '';
      find('');
      focusActive();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      focusActive();
    } else {
      return;
    }
    event.stopPropagation();
  });
  at('next').addEventListener('click', () => step(search.matches, 1));
  at('previous').addEventListener('click', () => step(search.matches, -1));
  (window.requestIdleCallback ?? setTimeout)(prepareSearch);
  tellFound();
}

function searchFor(words) {
  at('query').value = words;
  find(words);
  step(search.matches, 1);
}
