/** A typed or pasted reference to a meeting. */
export type MeetingReference =
  | { kind: 'here'; code: string }
  /** A link to another Waterbus server. */
  | { kind: 'elsewhere'; url: string; host: string }
  | { kind: 'unreadable' };

/** The link to share. */
export function meetingLink(origin: string, code: string): string {
  return `${origin}/m/${code}`;
}

/**
 * Parses a code (with or without dashes, in any case) and a link (with or without its scheme).
 * `host` is this page's own.
 */
export function readMeetingReference(text: string, host: string): MeetingReference {
  const trimmed = text.trim().replace(SENTENCE_END, '');
  const code = codeIn(trimmed);
  if (code) return { kind: 'here', code };
  const url = urlIn(trimmed);
  const linkedCode = url && codeInLink(url.pathname);
  if (!url || !linkedCode) return { kind: 'unreadable' };
  if (url.host === host) return { kind: 'here', code: linkedCode };
  return { kind: 'elsewhere', url: meetingLink(url.origin, linkedCode), host: url.host };
}

/** The code in its written form, or undefined. The server decides which letters occur in codes. */
export function codeIn(text: string): string | undefined {
  const letters = /^([a-z]{3})[-\s]?([a-z]{4})[-\s]?([a-z]{3})$/i.exec(text);
  return letters ? letters.slice(1).join('-').toLowerCase() : undefined;
}

/**
 * The code in the path of a link. Programs that turn text into links include the sentence's end, a
 * full stop or a bracket, unchanged or encoded.
 */
export function codeInLink(path: string): string | undefined {
  const segment = /^\/m\/([^/]+)\/?$/.exec(path)?.[1];
  return segment && codeIn(decoded(segment).replace(SENTENCE_END, ''));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function urlIn(text: string): URL | undefined {
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
    return /^https?:$/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

/**
 * White space, full stops of several scripts, other punctuation and closing brackets and quotes.
 * Codes and links of this app end in none.
 */
const SENTENCE_END = /[\s.,;:!?…。，、！？)\]}>'"’”»›*_]+$/u;
