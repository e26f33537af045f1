// The trace: columns with a value for each row of the tree, in the order of the rows
// when all are open. So the rows below a row are those that come after it, up to its
// `after`.

const FAILED = 1, OPEN = 2, RUN = 4, CRITICAL = 8, ORIGIN = 16, MARKED = 32;

const trace = readTrace(JSON.parse(document.getElementById('data').textContent));

function readTrace(data) {
  const rows = data.depth.length;
  const t = {
    rows,
    title: data.title,
    notes: data.notes ?? [],
    total: data.total,
    seconds: data.seconds,
    nanoseconds: data.nanoseconds,
    host: data.host,
    requestID: data.requestID,
    outside: data.outside,
    services: data.services,
    kinds: data.kinds,
    strings: data.strings,
    resources: data.resources,
    spanIDs: data.spanID,
    parentIDs: data.parentID,
    attributes: attributes(data.attributeCount, data.attributes),
    ids: attributes(data.idCount, data.ids),
    events: byRow(data.events),
    links: byRow(data.links),
    path: new Map(data.path.map((list) => [list[0], list])),
  };
  for (const name of ['depth', 'flags', 'name', 'service', 'note', 'kind', 'fullName', 'spanKind', 'message', 'scope', 'traceID', 'resource']) {
    t[name] = Int32Array.from(data[name]);
  }
  for (const name of ['start', 'duration', 'self', 'criticalSelf', 'criticalAfter']) {
    t[name] = Float64Array.from(data[name]);
  }
  readTree(t);
  addUp(t);
  return t;
}

function byRow(lists) {
  const map = new Map();
  for (const list of lists ?? []) {
    if (map.has(list[0])) map.get(list[0]).push(list);
    else map.set(list[0], [list]);
  }
  return map;
}

// attributes are the keys and values of all rows in turn, and where each row's
// begin.
function attributes(counts, list) {
  const from = new Int32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) from[i + 1] = from[i] + 2 * counts[i];
  return { from, list: Int32Array.from(list) };
}

// readTree finds each row's parent (-1 for none), where its subtree ends, and
// how many rows are right below it.
function readTree(t) {
  t.parent = new Int32Array(t.rows).fill(-1);
  t.after = new Int32Array(t.rows);
  t.children = new Int32Array(t.rows);
  const line = []; // the row that was last seen at each depth
  for (let i = 0; i < t.rows; i++) {
    const depth = t.depth[i];
    line[depth] = i;
    if (depth > 0) {
      t.parent[i] = line[depth - 1];
      t.children[line[depth - 1]]++;
    }
  }
  for (let i = t.rows - 1; i >= 0; i--) {
    t.after[i] = Math.max(t.after[i], i + 1);
    const p = t.parent[i];
    if (p >= 0) t.after[p] = Math.max(t.after[p], t.after[i]);
  }
}

// addUp gives each run the sums of its spans, and counts the errors below each
// row.
function addUp(t) {
  t.sum = Float64Array.from(t.duration);
  t.errorsBelow = new Int32Array(t.rows);
  t.spans = 0;
  t.errors = 0;
  for (let i = 0; i < t.rows; i++) {
    if (t.flags[i] & RUN) t.sum[i] = 0;
  }
  for (let i = t.rows - 1; i >= 0; i--) {
    const p = t.parent[i];
    const failed = t.flags[i] & FAILED && !(t.flags[i] & RUN) ? 1 : 0;
    if (!(t.flags[i] & RUN)) t.spans++;
    t.errors += failed;
    if (p < 0) continue;
    t.errorsBelow[p] += t.errorsBelow[i] + failed;
    if (t.flags[p] & RUN) {
      t.sum[p] += t.duration[i];
      t.self[p] += t.self[i];
      t.criticalSelf[p] += t.criticalSelf[i];
      t.criticalAfter[p] += t.criticalAfter[i];
    }
  }
}

function is(row, flag) { return (trace.flags[row] & flag) !== 0; }

function text(number) { return trace.strings[number]; }

function serviceName(row) { return trace.services[trace.service[row]].name; }

// label is the text for the row in lists.
function label(row) {
  const name = text(trace.name[row]);
  return is(row, RUN) ? `${trace.children[row].toLocaleString('en')} × ${name}` : name;
}

// spanParent is the row of the parent span. A run is not a span.
function spanParent(row) {
  let p = trace.parent[row];
  if (p >= 0 && is(p, RUN)) p = trace.parent[p];
  return p;
}

function spanID(row) { return trace.spanIDs.slice(16 * row, 16 * row + 16); }

function parentID(row) { return trace.parentIDs.slice(16 * row, 16 * row + 16); }

// pairs lists the keys and values that numbers hold from one place to another.
function pairs(numbers, from, to) {
  const list = [];
  for (let i = from; i < to; i += 2) list.push([text(numbers[i]), text(numbers[i + 1])]);
  return list;
}

// pairsOf lists a row's attributes, or its ids.
function pairsOf({ from, list }, row) { return pairs(list, from[row], from[row + 1]); }
