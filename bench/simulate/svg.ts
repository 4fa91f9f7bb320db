/** Minimal SVG for a few plots. Positions and sizes are in pixels. */
export class Svg {
  private readonly parts: string[] = [];

  constructor(
    private readonly width: number,
    private readonly height: number,
    /** Alternative text for readers who cannot see the plot. */
    private readonly title: string,
  ) {}

  text(
    x: number,
    y: number,
    text: string,
    style: { size?: number; fill?: string; anchor?: string; weight?: number } = {},
  ): void {
    const { size = 12, fill = '#374151', anchor = 'start', weight = 400 } = style;
    this.parts.push(
      `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}">${escaped(text)}</text>`,
    );
  }

  rect(x: number, y: number, width: number, height: number, fill: string): void {
    if (height <= 0 || width <= 0) return;
    this.parts.push(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"/>`,
    );
  }

  line(
    points: readonly (readonly [number, number])[],
    stroke: string,
    style: { width?: number; dash?: string } = {},
  ): void {
    const { width = 1, dash } = style;
    const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');
    const dashes = dash ? ` stroke-dasharray="${dash}"` : '';
    this.parts.push(
      `<polyline points="${path}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linejoin="round"${dashes}/>`,
    );
  }

  toString(): string {
    const { width, height } = this;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">`,
      `<title>${escaped(this.title)}</title>`,
      `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
      ...this.parts,
      '</svg>\n',
    ].join('\n');
  }
}

/** A panel's plane: data to pixels, with a frame of ticks. */
export class Plane {
  constructor(
    readonly svg: Svg,
    readonly area: { x: number; y: number; width: number; height: number },
    readonly range: { x: [number, number]; y: [number, number] },
  ) {}

  x(value: number): number {
    const [from, to] = this.range.x;
    return this.area.x + ((value - from) / (to - from)) * this.area.width;
  }

  y(value: number): number {
    const [from, to] = this.range.y;
    const within = Math.min(to, Math.max(from, value));
    return this.area.y + this.area.height - ((within - from) / (to - from)) * this.area.height;
  }

  title(title: string): void {
    this.svg.text(this.area.x, this.area.y - 14, title, { size: 14, weight: 600, fill: '#111827' });
  }

  yTicks(values: readonly number[], label: (value: number) => string): void {
    const { x, width } = this.area;
    for (const value of values) {
      this.svg.line(
        [
          [x, this.y(value)],
          [x + width, this.y(value)],
        ],
        '#e5e7eb',
      );
      this.svg.text(x - 6, this.y(value) + 4, label(value), { size: 11, anchor: 'end' });
    }
  }

  xTicks(values: readonly number[], label: (value: number) => string): void {
    const below = this.area.y + this.area.height + 16;
    for (const value of values) this.svg.text(this.x(value), below, label(value), { size: 11, anchor: 'middle' });
  }

  xLabel(text: string): void {
    const { x, y, width, height } = this.area;
    this.svg.text(x + width / 2, y + height + 34, text, { size: 11, anchor: 'middle', fill: '#6b7280' });
  }
}

/** Precise enough for a screen, in a smaller file. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
