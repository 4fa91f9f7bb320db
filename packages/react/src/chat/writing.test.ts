import type { KeyboardEvent } from 'react';
import { expect, it, vi } from 'vitest';
import { writingOf } from './writing.js';

function written(text: string, more: Partial<Parameters<typeof writingOf>[0]> = {}) {
  const onSend = vi.fn();
  const writing = writingOf({ text, onSend, ...more });
  const press = (key: string, of: { shiftKey?: boolean; isComposing?: boolean } = {}) => {
    const kept = { preventDefault: vi.fn(), stopPropagation: vi.fn() };
    const { shiftKey = false, isComposing = false } = of;
    writing.press({ key, shiftKey, nativeEvent: { isComposing }, ...kept } as unknown as KeyboardEvent);
    return [kept.preventDefault.mock.calls.length, kept.stopPropagation.mock.calls.length];
  };
  return { ...writing, press, sent: () => onSend.mock.calls.flat() };
}

it('Enter sends the text without space around it; with Shift, or while a character is composed, it does not', () => {
  const { press, sent } = written(' Hello ');
  expect([press('Enter', { shiftKey: true }), press('Enter', { isComposing: true })]).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(sent()).toEqual([]);
  expect([press('Enter'), sent()]).toEqual([[1, 0], ['Hello']]);
});

it('a message needs a text or files, and fits the limit', () => {
  expect(written('  ').maySend).toBe(false);
  expect(written('', { hasMore: true }).maySend).toBe(true);
  expect(written('Hello', { blocked: true }).maySend).toBe(false);
  const { excess, maySend, press, sent } = written('x'.repeat(4_001));
  press('Enter');
  expect([excess, maySend, sent()]).toEqual([1, false, []]);
});

it('Escape stays in the field only if it ends something', () => {
  const onEscape = vi.fn();
  expect(written('').press('Escape')).toEqual([0, 0]);
  const { press } = written('', { onEscape });
  expect([press('Escape', { isComposing: true }), onEscape.mock.calls.length]).toEqual([[0, 0], 0]);
  expect([press('Escape'), onEscape.mock.calls.length]).toEqual([[0, 1], 1]);
});
