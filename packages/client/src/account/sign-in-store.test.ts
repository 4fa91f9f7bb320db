import { afterEach, expect, it, vi } from 'vitest';
import { FakeStorage } from '../../test/fake-storage.js';
import { signInInMemory, signInInStorage } from './sign-in-store.js';

afterEach(() => void vi.unstubAllGlobals());

const kept = { userId: 'u1', refreshToken: 'r1' };

it('keeps a sign-in for other tabs, and forgets it', () => {
  const storage = new FakeStorage();
  const [one, other] = [signInInStorage(() => storage), signInInStorage(() => storage)];
  one.write(kept);
  expect(other.read()).toEqual(kept);
  other.write(undefined);
  expect(one.read()).toBeUndefined();
  expect(storage.entries.size).toBe(0);
});

it('keeps only the user’s id when the refresh token is in a cookie', () => {
  const storage = new FakeStorage();
  signInInStorage(() => storage).write({ userId: 'u1', begun: 'once' });
  expect(signInInStorage(() => storage).read()).toEqual({ userId: 'u1', begun: 'once' });
});

it.each(['', 'nonsense', 'null', '[]', '{"userId":1,"refreshToken":"r"}', '{"userId":"u"}'])(
  'reads %j as signed out',
  (text) => {
    const storage = new FakeStorage();
    storage.setItem('waterbus.sign-in', text);
    expect(signInInStorage(() => storage).read()).toBeUndefined();
  },
);

it('lasts until the page is closed where storage is refused', () => {
  const store = signInInStorage(() => {
    throw new DOMException('no', 'SecurityError');
  });
  expect(store.read()).toBeUndefined();
  store.write(kept);
  expect(store.read()).toEqual(kept);
  store.write(undefined);
  expect(store.read()).toBeUndefined();
});

it('removes a used token when storage is full: showing it again would end the session', () => {
  const storage = new FakeStorage();
  const store = signInInStorage(() => storage);
  store.write(kept);
  storage.full = true;
  store.write({ ...kept, refreshToken: 'r2' });
  expect(storage.entries.size).toBe(0);
  expect(store.read()).toEqual({ ...kept, refreshToken: 'r2' });
  storage.full = false;
  store.write({ ...kept, refreshToken: 'r3' });
  expect(signInInStorage(() => storage).read()).toEqual({ ...kept, refreshToken: 'r3' });
});

it('reports the writes of other tabs only', () => {
  const page = new EventTarget();
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  const changed = vi.fn();
  const stop = signInInStorage(() => new FakeStorage()).watch?.(changed);
  const dispatch = (key: string | null) => page.dispatchEvent(Object.assign(new Event('storage'), { key }));
  dispatch('waterbus.name');
  expect(changed).toHaveBeenCalledTimes(0);
  dispatch('waterbus.sign-in');
  dispatch(null);
  expect(changed).toHaveBeenCalledTimes(2);
  stop?.();
  dispatch('waterbus.sign-in');
  expect(changed).toHaveBeenCalledTimes(2);
});

it('keeps a sign-in in memory', () => {
  const store = signInInMemory();
  store.write(kept);
  expect(store.read()).toEqual(kept);
  expect(signInInMemory().read()).toBeUndefined();
});
