// Times, in ns, written as in the terminal.

const MICROSECOND = 1e3, MILLISECOND = 1e6, SECOND = 1e9, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

function formatDuration(d) {
  if (d < MICROSECOND) return `${Math.round(d)} ns`;
  if (d < 999.5 * MICROSECOND) return `${threeDigits(d / MICROSECOND)} µs`;
  if (d < 999.5 * MILLISECOND) return `${threeDigits(d / MILLISECOND)} ms`;
  if (d < 59.95 * SECOND) return `${threeDigits(d / SECOND)} s`;
  if (d < HOUR - SECOND / 2) return twoUnits(d, MINUTE, 'm', SECOND, 's');
  if (d < DAY - MINUTE / 2) return twoUnits(d, HOUR, 'h', MINUTE, 'm');
  if (d < 100 * DAY - HOUR / 2) return twoUnits(d, DAY, 'd', HOUR, 'h');
  return `${Math.round(d / DAY)}d`;
}

function threeDigits(x) {
  return x.toFixed(x < 9.995 ? 2 : x < 99.95 ? 1 : 0);
}

function twoUnits(d, major, majorName, minor, minorName) {
  const n = Math.round(d / minor), per = major / minor;
  return `${Math.floor(n / per)}${majorName} ${n % per}${minorName}`;
}

// formatTime writes a place on the axis, exact to step.
function formatTime(d, step) {
  const [unit, name] = d >= SECOND || step >= SECOND ? [SECOND, ' s']
    : d >= MILLISECOND || step >= MILLISECOND ? [MILLISECOND, ' ms']
      : d >= MICROSECOND || step >= MICROSECOND ? [MICROSECOND, ' µs'] : [1, ' ns'];
  if (step >= MINUTE || d >= HOUR) return formatDuration(d).replace(/ 0[smh]$/, '');
  const digits = Math.min(9, Math.max(0, Math.ceil(Math.log10(unit / step) - 1e-9)));
  return (d / unit).toFixed(digits) + name;
}

// clock writes the moment at d in UTC, exact to the µs. It writes nothing if the
// moment is not known, or is outside the range of a Date.
function clock(d) {
  if (trace.seconds === undefined) return '';
  const nanoseconds = trace.nanoseconds + d;
  const seconds = trace.seconds + Math.floor(nanoseconds / SECOND);
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return '';
  const micro = Math.floor((nanoseconds % SECOND) / MICROSECOND);
  return date.toISOString().replace('T', ' ').replace(/\.\d+Z$/, `.${String(micro).padStart(6, '0')} UTC`);
}

// share writes a duration, and its share of the whole.
function share(part, whole, name) {
  if (!(whole > 0)) return formatDuration(part);
  const p = 100 * part / whole;
  const words = p < 0.01 ? 'less than 0.01' : p.toFixed(p < 0.1 ? 2 : p < 10 ? 1 : 0);
  return `${formatDuration(part)} · ${words} % of ${name}`;
}
