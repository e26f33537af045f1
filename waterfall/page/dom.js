// The document. All data from the trace is set as text, never as markup.

function at(id) { return document.getElementById(id); }

// element makes an element with properties and children, which are elements or
// text.
function element(tag, properties = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in e) e[name] = value;
    else e.setAttribute(name, value);
  }
  e.append(...children);
  return e;
}

// later calls f once before the next frame, however often it is asked to.
function later(f) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      f();
    });
  };
}

// fitCanvas gives the canvas a pixel for each of the screen's, and returns its
// context in CSS pixels, with its size.
function fitCanvas(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  const w = Math.round(width * ratio), h = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

// copyButton copies text to the clipboard, and says so.
function copyButton(value, what) {
  const button = element('button', { type: 'button', className: 'copy', 'aria-label': `Copy ${what}`, title: `Copy ${what}` }, 'copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(value);
      button.textContent = 'copied';
    } catch {
      button.textContent = 'select it';
    }
  });
  return button;
}
