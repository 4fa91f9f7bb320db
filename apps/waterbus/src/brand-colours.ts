/** Colours of a theme that depend on its accent; `#rrggbb`. */
export interface AccentColours {
  accent: string;
  strong: string;
  onAccent: string;
  soft: string;
}

export function lightAccent(accent: string): AccentColours {
  return { accent, strong: mixed(accent, '#000000', 0.2), onAccent: '#ffffff', soft: mixed('#ffffff', accent, 0.1) };
}

export function darkAccent(accent: string): AccentColours {
  return { accent, strong: mixed(accent, '#ffffff', 0.25), onAccent: '#05181b', soft: mixed('#162024', accent, 0.12) };
}

/**
 * The least contrast (WCAG 2.2, 1.4.3) of the accent with the grounds of the light theme on which it
 * is text, and with the text on it. The grounds are those of apps/web/src/styles/tokens.css.
 */
export function lightContrast(accent: string): number {
  const { soft, onAccent } = lightAccent(accent);
  return leastContrast(accent, ['#f3f6f7', soft, onAccent]);
}

export function darkContrast(accent: string): number {
  const { soft, onAccent } = darkAccent(accent);
  return leastContrast(accent, ['#1c292e', soft, onAccent]);
}

/** The accent, lightened until it is legible in the dark theme. */
export function lightened(accent: string): string {
  for (let share = 0; share < 1; share += 0.05) {
    const candidate = mixed(accent, '#ffffff', share);
    if (darkContrast(candidate) >= LEAST_CONTRAST) return candidate;
  }
  return '#ffffff';
}

function leastContrast(colour: string, others: string[]): number {
  return Math.min(...others.map((other) => contrast(colour, other)));
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance of sRGB, as WCAG defines it. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** `share` of `other` in `colour`. */
function mixed(colour: string, other: string, share: number): string {
  const others = channels(other);
  const mixture = channels(colour).map((channel, at) => channel + ((others[at] ?? 0) - channel) * share);
  return `#${mixture.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** WCAG 2.2, 1.4.3: text of normal size. */
export const LEAST_CONTRAST = 4.5;
