/** What this browser remembers from one visit to the next. Storage may be refused or full: then nothing is remembered. */
export interface Remembered {
  name(): string;
  rememberName(name: string): void;
  /** The secret that makes its holder the host of a meeting created here. */
  hostToken(code: string): string | undefined;
  rememberHostToken(code: string, token: string): void;
  forgetHostToken(code: string): void;
  /** Whether a microphone or camera was switched off last. */
  isOff(kind: 'microphone' | 'camera'): boolean;
  rememberOff(kind: 'microphone' | 'camera', off: boolean): void;
  device(kind: RememberedDevice): string | undefined;
  rememberDevice(kind: RememberedDevice, deviceId: string): void;
}

export type RememberedDevice = 'microphone' | 'camera' | 'speaker';

/** `storage` answers the browser's localStorage; asking for it may throw already. */
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
      // Private windows and full disks: the visit goes on without a memory.
    }
  };
  const readTokens = (): [string, string][] => {
    try {
      const entries: unknown = JSON.parse(read('host-tokens') ?? '[]');
      return Array.isArray(entries) ? entries.filter(isPair) : [];
    } catch {
      return [];
    }
  };
  const writeTokens = (tokens: [string, string][]): void =>
    write('host-tokens', JSON.stringify(tokens.slice(-MAX_HOST_TOKENS)));
  const without = (code: string): [string, string][] => readTokens().filter(([known]) => known !== code);

  return {
    name: () => read('name') ?? '',
    rememberName: (name) => write('name', name),
    hostToken: (code) => readTokens().find(([known]) => known === code)?.[1],
    rememberHostToken: (code, token) => writeTokens([...without(code), [code, token]]),
    forgetHostToken: (code) => writeTokens(without(code)),
    isOff: (kind) => read(`off.${kind}`) === 'yes',
    rememberOff: (kind, off) => write(`off.${kind}`, off ? 'yes' : 'no'),
    device: (kind) => read(`device.${kind}`),
    rememberDevice: (kind, deviceId) => write(`device.${kind}`, deviceId),
  };
}

export const remembered = rememberIn(() => window.localStorage);

function isPair(entry: unknown): entry is [string, string] {
  return Array.isArray(entry) && entry.length === 2 && entry.every((part) => typeof part === 'string');
}

const PREFIX = 'waterbus.';
/** Meetings that one browser created and can still host: more than anybody has open, small enough to parse at once. */
const MAX_HOST_TOKENS = 200;
