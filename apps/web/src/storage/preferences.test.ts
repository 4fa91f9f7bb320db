import { expect, it, vi } from 'vitest';
import { PreferenceStore } from './preferences.js';

function stored(text?: string) {
  const values = new Map(text === undefined ? [] : [['waterbus.preferences', text]]);
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
}

it('keeps choices for the next visit and notifies of them', () => {
  const storage = stored();
  const store = new PreferenceStore(() => storage);
  const changed = vi.fn();
  store.subscribe(changed);
  store.set({ view: 'speaker', shortcuts: false });
  expect(changed).toHaveBeenCalledTimes(1);
  expect(new PreferenceStore(() => storage).state).toEqual({ ...store.state, view: 'speaker', shortcuts: false });
});

it.each(['{"view":"cinema","sounds":"loud","other":true}', '[]', 'null', '"x"', '{'])(
  'falls back to its defaults for %s',
  (text) => {
    expect(new PreferenceStore(() => stored(text)).state).toEqual(new PreferenceStore(() => stored()).state);
  },
);

it('works without storage', () => {
  const store = new PreferenceStore(() => {
    throw new DOMException('refused', 'SecurityError');
  });
  store.set({ hideSelf: true });
  expect(store.state.hideSelf).toBe(true);
});
