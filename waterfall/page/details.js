// All data of one span.

function showSpan(row) {
  const page = at('page-span');
  const parts = row < 0 ? [nothing('No span.')] : is(row, RUN) ? runDetails(row) : spanDetails(row);
  page.replaceChildren();
  for (const part of parts) page.append(part); // there can be more parts than a call can have arguments
  page.scrollTop = 0;
}

function nothing(words) { return element('p', { className: 'nothing' }, words); }

function spanDetails(row) {
  const otherIDs = pairsOf(trace.ids, row), idKeys = new Set(otherIDs.map(([key]) => key));
  const parts = [
    heading(row),
    status(row),
    facts([
      ['Start', [clock(trace.start[row]), `${clock(trace.start[row]) ? '+' : ''}${formatDuration(trace.start[row])}`].filter(Boolean).join('\n')],
      ['Duration', is(row, OPEN) ? 'unfinished' : share(trace.duration[row], trace.total, 'the trace')],
      ['Self time', is(row, OPEN) ? '' : share(trace.self[row], trace.duration[row], 'it')],
      ['On the critical path', onPath(row)],
      ['Kind', [...new Set([text(trace.kind[row]), text(trace.spanKind[row])])].join(', ')],
    ]),
    around(row),
  ];
  parts.push(...section('Attributes', pairsOf(trace.attributes, row).filter(([key]) => !idKeys.has(key))));
  for (const event of trace.events.get(row) ?? []) {
    parts.push(...section(`Event “${text(event[1])}” at ${formatDuration(Math.max(0, event[2]))}`, pairs(event, 3, event.length), true));
  }
  for (const link of trace.links.get(row) ?? []) {
    parts.push(...section('Link', [['trace id', text(link[1])], ['span id', text(link[2])], ...pairs(link, 3, link.length)]));
  }
  parts.push(...section('Ids', [...ids(row), ...otherIDs]));
  const resource = trace.resources[trace.resource[row]] ?? [];
  parts.push(...section('Resource', pairs(resource, 0, resource.length)));
  if (text(trace.scope[row])) parts.push(...section('Instrumentation', [['scope', text(trace.scope[row])]]));
  return parts;
}

// onPath says how long the critical path is in the span itself, and between the things
// that it began and that went on after it.
function onPath(row) {
  if (!is(row, CRITICAL)) return 'no';
  const after = trace.criticalAfter[row];
  return `yes, ${formatDuration(trace.criticalSelf[row])} itself${after > 0 ? `, ${formatDuration(after)} after its end` : ''}`;
}

function runDetails(row) {
  const durations = childrenOf(row).map((child) => trace.duration[child]).sort((a, b) => a - b);
  const count = durations.length;
  return [
    heading(row),
    status(row),
    facts([
      ['Spans', count.toLocaleString('en')],
      ['Sum', formatDuration(trace.sum[row])],
      ['Self time', formatDuration(trace.self[row])],
      ['Shortest', formatDuration(durations[0])],
      ['Median', formatDuration(durations[count >> 1])],
      ['Longest', formatDuration(durations[count - 1])],
      ['From', formatDuration(trace.start[row])],
      ['To', formatDuration(trace.start[row] + trace.duration[row])],
    ]),
    element('p', {}, action(open[row] ? 'Close the run' : 'Open the run', () => {
      toggle(row);
      showSpan(row);
    })),
  ];
}

function heading(row) {
  return element('div', { className: 'heading' },
    element('h2', {}, is(row, RUN) ? label(row) : text(trace.fullName[row]) || label(row)),
    element('p', {}, swatch(trace.service[row]), serviceName(row)));
}

function status(row) {
  const note = text(trace.message[row]) || text(trace.note[row]);
  if (is(row, FAILED)) return element('p', { className: 'status failed' }, '✗ Error', note && `: ${note}`);
  return note ? element('p', { className: 'status' }, note) : '';
}

// facts is a list of short values, without the empty ones.
function facts(list) {
  const dl = element('dl', { className: 'facts' });
  for (const [key, value] of list) {
    if (value) dl.append(element('dt', {}, key), element('dd', {}, value));
  }
  return dl;
}

// around leads to the parent and to the longest child.
function around(row) {
  const p = element('p', { className: 'around' });
  const parent = spanParent(row);
  if (parent >= 0) p.append(action(`↑ ${label(parent)}`, () => reveal(parent), 'Parent: '));
  else if (/[1-9a-f]/.test(parentID(row))) p.append('↑ its parent is not in the trace');
  return p.hasChildNodes() ? p : '';
}

function action(words, act, before = '') {
  const button = element('button', { type: 'button', className: 'link' }, words);
  if (before) button.setAttribute('aria-label', before + words);
  button.addEventListener('click', act);
  return button;
}

// section is a heading and a list of keys and values, or nothing.
function section(title, list, always = false) {
  if (list.length === 0 && !always) return [];
  const dl = element('dl', { className: 'values' });
  for (const [key, value] of list) {
    const words = readable(key, value);
    dl.append(
      element('dt', {}, element('span', {}, key), copyButton(value, key)),
      element('dd', { className: words.includes('\n') || words.length > 60 ? 'long' : '', dir: 'auto' }, words || '(empty)'));
  }
  return [element('h3', {}, title), dl];
}

const SQL_KEYS = ['db.statement', 'db.query.text'];
const SQL_CLAUSE = /\s+(?=(?:FROM|WHERE|(?:LEFT OUTER |INNER )?JOIN|GROUP BY|ORDER BY|HAVING|LIMIT|UNION|SET|VALUES)\b)/g;

// readable lays JSON out, and begins a line at a SQL statement's clauses. Other
// text stays as it is.
function readable(key, value) {
  if (SQL_KEYS.includes(key)) return value.includes('\n') ? value : value.replace(SQL_CLAUSE, '\n');
  if (!/^\s*[{[]/.test(value) || value.length > 100000) return value;
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}

// ids are those that OpenTelemetry gives a span.
function ids(row) {
  const list = [['trace id', text(trace.traceID[row])], ['span id', spanID(row)]];
  if (/[1-9a-f]/.test(parentID(row))) list.push(['parent span id', parentID(row)]);
  return list;
}
