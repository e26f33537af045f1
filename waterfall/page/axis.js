// The time axis above the bars.

// ticks are round times in what is shown, about one for each of so many pixels.
function ticks(width, apart = 80) {
  const least = (view.to - view.from) * apart / Math.max(width, 1);
  const step = roundStep(least);
  const list = [];
  for (let i = Math.ceil(view.from / step); i * step <= view.to && list.length < 1000; i++) list.push(i * step);
  return { list, step };
}

function roundStep(least) {
  if (least <= 1) return 1;
  const longer = [10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200].map((s) => s * SECOND);
  if (least > 5 * SECOND) {
    const step = longer.find((s) => s >= least);
    if (step) return step;
    return DAY * decimalStep(least / DAY);
  }
  return decimalStep(least);
}

function decimalStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((n) => n * power).find((s) => s >= least * (1 - 1e-9)) ?? 10 * power;
}

function xOf(time, width) { return (time - view.from) / (view.to - view.from) * width; }

function timeOf(x, width) { return view.from + x / Math.max(width, 1) * (view.to - view.from); }

function drawAxis() {
  const { context, width, height } = fitCanvas(at('ticks'));
  context.font = colours.font;
  context.textBaseline = 'middle';
  const { list, step } = ticks(width);
  for (const time of list) {
    const x = Math.round(xOf(time, width));
    context.fillStyle = colours.line;
    context.fillRect(x, height - 8, 1, 8);
    context.fillStyle = colours.faint;
    const words = time === 0 ? '0' : formatTime(time, step);
    if (x + 4 + context.measureText(words).width <= width) context.fillText(words, x + 4, height / 2 + 1);
  }
  const exact = (view.to - view.from) / 1000;
  const range = view.from === 0 && view.to === whole
    ? `all ${formatDuration(trace.total)}`
    : `${formatTime(view.from, exact)} – ${formatTime(view.to, exact)} of ${formatDuration(trace.total)}`;
  // A screen reader must not read the same text again.
  if (at('range').textContent !== range) at('range').textContent = range;
}
