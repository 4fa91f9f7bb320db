/**
 * The messages between a page and the frame of a meeting in it. The frame announces itself, the page
 * answers with a port, and everything else goes through that port, which no other window has.
 * Each side ignores what it does not know: the two may be of different versions.
 */

/** The frame's first message, to the window around it. It contains nothing secret. */
export const READY = { waterbus: 'ready' } as const;

/** What the page wants of the frame; with it comes the port. */
export interface StartOptions {
  /** Written into the lobby. */
  readonly name?: string;
  /** Of the first moment; omitted: as the user left them. */
  readonly microphone?: boolean;
  readonly camera?: boolean;
  readonly layout?: MeetingLayout;
  /** The page has join tokens: the frame requests one when it joins, and shows no lobby. */
  readonly hasJoinTokens: boolean;
}

/** As answered by `POST /v1/meetings/:code/join-tokens`. */
export interface MeetingJoinToken {
  readonly token: string;
  /** Origins of Server WS; omitted: the frame's own origin. */
  readonly signalling?: readonly string[];
}

/** How the meeting places its people. */
export type MeetingLayout = 'automatic' | 'grid' | 'speaker';

/** A command of the surrounding page to the meeting. */
export type MeetingCommand =
  | { readonly command: 'microphone' | 'camera'; readonly on: boolean }
  | { readonly command: 'chat'; readonly text: string }
  | { readonly command: 'layout'; readonly layout: MeetingLayout }
  | { readonly command: 'hang-up' };

/** The frame's events, by name. */
export interface MeetingEvents {
  joined: { readonly participantId: string; readonly name: string };
  /** `reason`: as `closeReason` of @waterbus/client. */
  left: { readonly reason: string };
  'participant-joined': { readonly participantId: string; readonly name: string };
  'participant-left': { readonly participantId: string; readonly name: string };
  microphone: { readonly on: boolean };
  camera: { readonly on: boolean };
  /** `code`: of the protocol's catalogue. */
  error: { readonly code: string };
}

export const MEETING_EVENTS: readonly (keyof MeetingEvents)[] = [
  'joined',
  'left',
  'participant-joined',
  'participant-left',
  'microphone',
  'camera',
  'error',
];

/** From the page to the frame: a command, or the answer to a request for a join token. */
export type ToFrame =
  | { readonly id: number; readonly command: MeetingCommand }
  | { readonly id: number; readonly joinToken: MeetingJoinToken | undefined };

/** From the frame to the page: an event, the result of a command, or the request for a join token. */
export type ToPage =
  | { readonly event: keyof MeetingEvents; readonly detail: unknown }
  | { readonly id: number; readonly error: string | undefined }
  | { readonly id: number; readonly wants: 'join-token' };

export function isReady(data: unknown): boolean {
  return recordOf(data).waterbus === READY.waterbus;
}

/** Undefined: another message. */
export function startOf(data: unknown): StartOptions | undefined {
  const { waterbus, options } = recordOf(data);
  if (waterbus !== 'start') return undefined;
  const { name, microphone, camera, layout, hasJoinTokens } = recordOf(options);
  return {
    ...(isText(name, LONGEST_NAME) && { name }),
    ...(typeof microphone === 'boolean' && { microphone }),
    ...(typeof camera === 'boolean' && { camera }),
    ...(isLayout(layout) && { layout }),
    hasJoinTokens: hasJoinTokens === true,
  };
}

/**
 * The frame's reading of a message. Undefined: unknown or malformed; without `command`: a command
 * that this version does not know.
 */
export function toFrameOf(data: unknown): ToFrame | { id: number; command: undefined } | undefined {
  const { id, command, joinToken } = recordOf(data);
  if (typeof id !== 'number') return undefined;
  if (command === undefined) return { id, joinToken: joinTokenOf(joinToken) };
  return { id, command: commandOf(command) };
}

/** The page's reading of a message. Undefined: unknown or malformed. */
export function toPageOf(data: unknown): ToPage | undefined {
  const { id, event, detail, error, wants } = recordOf(data);
  if (typeof event === 'string') {
    return MEETING_EVENTS.some((known) => known === event)
      ? { event: event as keyof MeetingEvents, detail }
      : undefined;
  }
  if (typeof id !== 'number') return undefined;
  if (wants === 'join-token') return { id, wants };
  return wants === undefined ? { id, error: typeof error === 'string' ? error : undefined } : undefined;
}

/** The whole answer of the API is accepted; undefined: it contains no token. */
export function joinTokenOf(value: unknown): MeetingJoinToken | undefined {
  const { token, signalling } = recordOf(value);
  if (!isText(token, LONGEST_TOKEN)) return undefined;
  const isList = Array.isArray(signalling) && signalling.every((origin) => isText(origin, LONGEST_ORIGIN));
  return isList ? { token, signalling: signalling as string[] } : { token };
}

function commandOf(value: unknown): MeetingCommand | undefined {
  const { command, on, text, layout } = recordOf(value);
  switch (command) {
    case 'microphone':
    case 'camera':
      return typeof on === 'boolean' ? { command, on } : undefined;
    case 'chat':
      return isText(text, LONGEST_MESSAGE) && text.trim() !== '' ? { command, text } : undefined;
    case 'layout':
      return isLayout(layout) ? { command, layout } : undefined;
    case 'hang-up':
      return { command };
    default:
      return undefined;
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}

function isLayout(value: unknown): value is MeetingLayout {
  return value === 'automatic' || value === 'grid' || value === 'speaker';
}

/** Characters; the limits of the API. */
const LONGEST_NAME = 64;
const LONGEST_MESSAGE = 4_000;
const LONGEST_TOKEN = 4_096;
const LONGEST_ORIGIN = 300;
