// Colours are the style sheet's; a canvas needs them resolved.

const SERVICE_COLOURS = 10;
const colours = {};

function readColours() {
  const probe = document.body.appendChild(element('span'));
  const resolve = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  for (const name of ['text', 'faint', 'line', 'error', 'path', 'background']) colours[name] = resolve(name);
  colours.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  colours.services = Array.from({ length: SERVICE_COLOURS }, (_, i) => resolve(`service-${i}`));
  probe.remove();
}

function serviceColour(row) { return colours.services[trace.service[row] % SERVICE_COLOURS]; }

function swatch(service) { return element('i', { className: `swatch service-${service % SERVICE_COLOURS}`, 'aria-hidden': 'true' }); }

const prefersDark = matchMedia('(prefers-color-scheme: dark)');

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : prefersDark.matches;
}

function toggleTheme() {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
  recolour();
}

function recolour() {
  readColours();
  drawSilhouette();
  draw();
}
