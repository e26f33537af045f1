function count(n, noun) { return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`; }

function fillHead() {
  at('title').textContent = trace.title;
  const parts = [count(trace.spans, 'span'), count(trace.services.length, 'service')];
  if (trace.errors) parts.push(element('span', { className: 'failed' }, `✗ ${count(trace.errors, 'error')}`));
  parts.push(formatDuration(trace.total), clock(0).replace(/\.\d+/, ''), trace.host, trace.requestID);
  if (trace.outside > 0) parts.push(`${formatDuration(trace.outside)} in no span`);
  at('summary').append(...parts.filter(Boolean).flatMap((part, i) => (i > 0 ? [' · ', part] : [part])));
  for (const note of trace.notes) at('notes').append(element('li', {}, note));
  at('notes').hidden = trace.notes.length === 0;
}

// resized is called when the room for the canvases has changed.
function resized() {
  drawSilhouette();
  draw();
}

function begin() {
  document.documentElement.style.setProperty('--row', `${ROW}px`);
  readColours();
  fillHead();
  fillPanel();
  showTab('totals');
  showSpan(view.active);
  at('panel').hidden = innerWidth < 1000;
  at('side').setAttribute('aria-expanded', panelIsOpen());
  for (const id of ['hover', 'brush']) at(id).hidden = true;
  openSome();
  layOut();
  drawRows();
  recolour();
  listenToPointer();
  listenToSearch();
  listenToPanel();
  listenToKeys();
  prefersDark.addEventListener('change', recolour);
  new ResizeObserver(later(resized)).observe(at('body'));
  focusActive();
  performance.mark('rows');
}

begin();
