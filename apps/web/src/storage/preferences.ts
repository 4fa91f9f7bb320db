/** The user's choices about the app itself, the same in all meetings. */
export interface Preferences {
  /** `automatic`: a grid while all tiles fit, else the speaker. */
  view: 'automatic' | 'grid' | 'speaker';
  hideSelf: boolean;
  /** Keys without Ctrl or Alt (WCAG 2.1.4). */
  shortcuts: boolean;
  /** Space unmutes while it is held. */
  pushToTalk: boolean;
  /** Short sounds for people who come, knock or write. */
  sounds: boolean;
  /** Notifications of the system while the page is hidden. */
  notifications: boolean;
  /** What is shown behind the user; names of other versions of the app are ignored. */
  background: string;
  /** The app reduces noise of the microphone in place of the browser. */
  reducesNoise: boolean;
}

/** A store for React. `storage` answers the browser's localStorage; it may throw or be full. */
export class PreferenceStore {
  #storage: () => Pick<Storage, 'getItem' | 'setItem'>;
  #state: Preferences;
  #listeners = new Set<() => void>();

  constructor(storage: () => Pick<Storage, 'getItem' | 'setItem'>) {
    this.#storage = storage;
    this.#state = { ...DEFAULTS, ...this.#read() };
  }

  get state(): Preferences {
    return this.#state;
  }

  set(change: Partial<Preferences>): void {
    this.#state = { ...this.#state, ...change };
    try {
      this.#storage().setItem(KEY, JSON.stringify(this.#state));
    } catch {
      // Without storage they last as long as the page.
    }
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Values of other versions of the app, or of the user's own making, are left out. */
  #read(): Partial<Preferences> {
    try {
      const stored: unknown = JSON.parse(this.#storage().getItem(KEY) ?? '{}');
      if (typeof stored !== 'object' || stored === null) return {};
      return Object.fromEntries(Object.entries(stored).filter(([key, value]) => isValid(key, value)));
    } catch {
      return {};
    }
  }
}

function isValid(key: string, value: unknown): boolean {
  if (key === 'view') return VIEWS.includes(value as Preferences['view']);
  return key in DEFAULTS && typeof value === typeof DEFAULTS[key as keyof Preferences];
}

const VIEWS: Preferences['view'][] = ['automatic', 'grid', 'speaker'];
const DEFAULTS: Preferences = {
  view: 'automatic',
  hideSelf: false,
  shortcuts: true,
  pushToTalk: true,
  sounds: true,
  notifications: false,
  background: 'none',
  reducesNoise: false,
};
const KEY = 'waterbus.preferences';

export const preferences = new PreferenceStore(() => window.localStorage);
