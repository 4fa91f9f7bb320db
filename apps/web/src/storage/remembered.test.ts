import { describe, expect, it } from 'vitest';
import { rememberIn } from './remembered.js';

describe('the browser’s memory', () => {
  it('keeps name and devices', () => {
    const remembered = rememberIn(inMemory());
    expect(remembered.name()).toBe('');
    remembered.rememberName('Ada');
    remembered.rememberDevice('camera', 'c1');
    expect(remembered.name()).toBe('Ada');
    expect(remembered.device('camera')).toBe('c1');
    expect(remembered.device('microphone')).toBeUndefined();
    expect(remembered.isOff('camera')).toBe(false);
    remembered.rememberOff('camera', true);
    expect(remembered.isOff('camera')).toBe(true);
    expect(remembered.isOff('microphone')).toBe(false);
    remembered.rememberOff('camera', false);
    expect(remembered.isOff('camera')).toBe(false);
  });

  it('keeps a host token for each meeting, the newest when there are several', () => {
    const remembered = rememberIn(inMemory());
    remembered.rememberHostToken('abc-defg-hjk', 'old');
    remembered.rememberHostToken('xyz-abcd-efg', 'other');
    remembered.rememberHostToken('abc-defg-hjk', 'new');
    expect(remembered.hostToken('abc-defg-hjk')).toBe('new');
    expect(remembered.hostToken('xyz-abcd-efg')).toBe('other');
    remembered.forgetHostToken('abc-defg-hjk');
    expect(remembered.hostToken('abc-defg-hjk')).toBeUndefined();
  });

  it('removes the oldest host tokens', () => {
    const remembered = rememberIn(inMemory());
    for (let index = 0; index < 201; index++) remembered.rememberHostToken(`code-${index}`, 'token');
    expect(remembered.hostToken('code-0')).toBeUndefined();
    expect(remembered.hostToken('code-1')).toBe('token');
  });

  it.each(['{', 'null', '{"a":1}', '[["a"],["b",1],3]'])('ignores %s in the place of its tokens', (content) => {
    const remembered = rememberIn(inMemory({ 'waterbus.host-tokens': content }));
    expect(remembered.hostToken('a')).toBeUndefined();
    remembered.rememberHostToken('a', 'token');
    expect(remembered.hostToken('a')).toBe('token');
  });

  it('keeps a draft for each meeting, and removes it when it is empty', () => {
    const storage = inMemory();
    const remembered = rememberIn(storage);
    remembered.rememberDraft('abc', 'Hello');
    remembered.rememberDraft('xyz', 'Other');
    expect([remembered.draft('abc'), rememberIn(storage).draft('xyz')]).toEqual(['Hello', 'Other']);
    remembered.rememberDraft('abc', '');
    expect([remembered.draft('abc'), remembered.draft('xyz')]).toEqual(['', 'Other']);
  });

  it('keeps who is pinned in each meeting, until nobody is', () => {
    const storage = inMemory();
    rememberIn(storage).rememberPin('abc', 'ben');
    rememberIn(storage).rememberPin('xyz', 'cleo');
    const remembered = rememberIn(storage);
    expect([remembered.pin('abc'), remembered.pin('xyz'), remembered.pin('other')]).toEqual(['ben', 'cleo', undefined]);
    remembered.rememberPin('abc', undefined);
    expect([remembered.pin('abc'), remembered.pin('xyz')]).toEqual([undefined, 'cleo']);
    expect(rememberIn(inMemory({ 'waterbus.pins': '[["abc",{"id":"ben"}]]' })).pin('abc')).toBeUndefined();
  });

  it('keeps a draft as long as the page where storage is refused', () => {
    const remembered = rememberIn(() => {
      throw new Error('SecurityError');
    });
    remembered.rememberDraft('abc', 'Hello');
    expect(remembered.draft('abc')).toBe('Hello');
  });

  it('works where storage is refused', () => {
    const remembered = rememberIn(() => {
      throw new Error('SecurityError');
    });
    remembered.rememberName('Ada');
    remembered.rememberHostToken('a', 'token');
    expect(remembered.name()).toBe('');
    expect(remembered.hostToken('a')).toBe('token');
  });
});

function inMemory(content: Record<string, string> = {}) {
  const entries = new Map(Object.entries(content));
  const storage = {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  };
  return () => storage;
}
