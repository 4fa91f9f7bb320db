/** A line of a chart: seconds since 1970 and values. */
export interface Line {
  legend: string;
  points: readonly (readonly [at: number, value: number])[];
}

/** One panel as SVG, with its title, the highest value and a legend. Values without a number are gaps. */
export function chartOf(title: string, unit: string, lines: readonly Line[]): string {
  const finite = lines.flatMap(({ points }) => points.filter(([, value]) => Number.isFinite(value)));
  const times = finite.map(([at]) => at);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const highest = Math.max(0, ...finite.map(([, value]) => value)) || 1;
  const x = (at: number) => LEFT + ((at - from) / (to - from || 1)) * (WIDTH - LEFT - 10);
  const y = (value: number) => BOTTOM - (value / highest) * (BOTTOM - TOP);
  const grid = [0, 0.5, 1].map((share) => {
    const at = y(highest * share);
    return `<path class="grid" d="M${LEFT} ${at}H${WIDTH - 10}"/><text x="${LEFT - 6}" y="${at + 4}" text-anchor="end">${shown(highest * share, unit)}</text>`;
  });
  const shownLines = lines.slice(0, MOST_LINES);
  const drawn = shownLines.map(
    ({ points }, index) => `<path class="line" stroke="${colour(index)}" d="${pathOf(points, x, y)}"/>`,
  );
  const legends = shownLines.map(({ legend }, index) => {
    const [column, row] = [index % 2, Math.floor(index / 2)];
    const [left, top] = [LEFT + (column * (WIDTH - LEFT)) / 2, BOTTOM + 18 + row * 15];
    return `<rect x="${left}" y="${top - 8}" width="10" height="3" fill="${colour(index)}"/><text x="${left + 14}" y="${top}">${escaped(legend.slice(0, 34))}</text>`;
  });
  const height = BOTTOM + 14 + Math.ceil(shownLines.length / 2) * 15 + 8;
  const none = finite.length === 0 ? `<text x="${WIDTH / 2}" y="${(TOP + BOTTOM) / 2}">no value</text>` : '';
  return `<svg width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"><text class="title" x="10" y="20">${escaped(title)}</text>${grid.join('')}${drawn.join('')}${none}${legends.join('')}</svg>`;
}

/** Charts side by side as a page. */
export function pageOf(charts: readonly string[]): string {
  return `<!doctype html><meta charset="utf-8"><title>Queries of the dashboard</title><style>
body { margin: 12px; display: flex; flex-wrap: wrap; gap: 12px; background: #fff; }
svg { border: 1px solid #ddd; font: 11px sans-serif; fill: #333; align-self: flex-start; }
.title { font-weight: bold; font-size: 13px; } .grid { stroke: #e4e4e4; } .line { fill: none; stroke-width: 1.5; }
</style>${charts.join('\n')}\n`;
}

function pathOf(points: Line['points'], x: (at: number) => number, y: (value: number) => number): string {
  let path = '';
  let begins = true;
  for (const [at, value] of points) {
    if (Number.isFinite(value)) path += `${begins ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    begins = !Number.isFinite(value);
  }
  return path;
}

/** With the units of Grafana that the dashboard uses. */
export function shown(value: number, unit: string): string {
  if (unit === 's') return value < 1 ? `${round(value * 1000)} ms` : `${round(value)} s`;
  if (unit === 'percentunit') return `${round(value * 100)} %`;
  for (const [least, prefix] of PREFIXES) {
    if (Math.abs(value) >= least) return `${round(value / least)} ${prefix}${SUFFIXES[unit] ?? ''}`.trim();
  }
  return `${round(value)} ${SUFFIXES[unit] ?? ''}`.trim();
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function colour(index: number): string {
  return `hsl(${(index * 67 + 210) % 360} 65% 42%)`;
}

const PREFIXES = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

const SUFFIXES: Record<string, string> = { bps: 'bit/s', Bps: 'B/s', bytes: 'B', pps: '/s', ops: '/s', reqps: '/s' };

const WIDTH = 420;
const LEFT = 70;
const TOP = 36;
const BOTTOM = 170;
const MOST_LINES = 16;
