/**
 * The data that this browser keeps from one visit to the next. Storage may be refused or full: then
 * nothing is kept.
 */
export interface Remembered {
  name(): string;
  rememberName(name: string): void;
  /** The secret that makes its holder the host of a meeting created here. */
  hostToken(code: string): string | undefined;
  rememberHostToken(code: string, token: string): void;
  forgetHostToken(code: string): void;
  /** Whether the user last switched a microphone or camera off. */
  isOff(kind: 'microphone' | 'camera'): boolean;
  rememberOff(kind: 'microphone' | 'camera', off: boolean): void;
  device(kind: RememberedDevice): string | undefined;
  rememberDevice(kind: RememberedDevice, deviceId: string): void;
  /** The unsent draft of a message in this meeting; empty: none. */
  draft(code: string): string;
  rememberDraft(code: string, text: string): void;
  /** The participant that the user has pinned in this meeting. */
  pin(code: string): string | undefined;
  rememberPin(code: string, participantId: string | undefined): void;
}

export type RememberedDevice = 'microphone' | 'camera' | 'speaker';

/** `storage` answers the browser's localStorage; reading the property may already throw. */
export function rememberIn(storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>): Remembered {
  const read = (key: string): string | undefined => {
    try {
      return storage().getItem(PREFIX + key) ?? undefined;
    } catch {
      return undefined;
    }
  };
  const write = (key: string, value: string): void => {
    try {
      storage().setItem(PREFIX + key, value);
    } catch {
      // Private windows and full disks: the app works without the data.
    }
  };
  /** One text for each meeting. Without storage they last as long as the page. */
  const byCode = (key: string) => {
    let pairs: [string, string][] | undefined;
    const all = (): [string, string][] => {
      const stored = read(key);
      if (stored === undefined && pairs) return pairs;
      try {
        const entries: unknown = JSON.parse(stored ?? '[]');
        return Array.isArray(entries) ? entries.filter(isPair) : [];
      } catch {
        return [];
      }
    };
    const set = (code: string, text: string | undefined): void => {
      const others = all().filter(([known]) => known !== code);
      pairs = (text ? [...others, [code, text] as [string, string]] : others).slice(-MAX_MEETINGS);
      write(key, JSON.stringify(pairs));
    };
    return { get: (code: string) => all().find(([known]) => known === code)?.[1], set };
  };
  const hostTokens = byCode('host-tokens');
  const drafts = byCode('drafts');
  const pins = byCode('pins');

  return {
    name: () => read('name') ?? '',
    rememberName: (name) => write('name', name),
    hostToken: (code) => hostTokens.get(code),
    rememberHostToken: (code, token) => hostTokens.set(code, token),
    forgetHostToken: (code) => hostTokens.set(code, undefined),
    isOff: (kind) => read(`off.${kind}`) === 'yes',
    rememberOff: (kind, off) => write(`off.${kind}`, off ? 'yes' : 'no'),
    device: (kind) => read(`device.${kind}`),
    rememberDevice: (kind, deviceId) => write(`device.${kind}`, deviceId),
    draft: (code) => drafts.get(code) ?? '',
    rememberDraft: (code, text) => drafts.set(code, text),
    pin: (code) => pins.get(code),
    rememberPin: (code, participantId) => pins.set(code, participantId),
  };
}

export const remembered = rememberIn(() => window.localStorage);

function isPair(entry: unknown): entry is [string, string] {
  return Array.isArray(entry) && entry.length === 2 && entry.every((part) => typeof part === 'string');
}

const PREFIX = 'waterbus.';
/** Meetings with stored data: more than a user has open, small enough to parse at once. */
const MAX_MEETINGS = 200;
