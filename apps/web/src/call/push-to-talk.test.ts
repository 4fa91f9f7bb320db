import { expect, it } from 'vitest';
import { ownsSpace, PushToTalk } from './push-to-talk.js';

function microphone(isOn: boolean) {
  const log: string[] = [];
  let on = isOn;
  const talk = new PushToTalk({
    isMuted: () => !on,
    switchOn: () => {
      on = true;
      log.push('on');
    },
    switchOff: () => {
      on = false;
      log.push('off');
    },
  });
  return { talk, log };
}

it('is on while the key is held, however often it repeats', () => {
  const { talk, log } = microphone(false);
  expect([talk.press(), talk.press(), talk.press()]).toEqual([true, true, true]);
  expect(log).toEqual(['on']);
  expect([talk.release(), talk.release()]).toEqual([true, false]);
  expect(log).toEqual(['on', 'off']);
});

it('does nothing to a microphone that is on', () => {
  const { talk, log } = microphone(true);
  expect([talk.press(), talk.release()]).toEqual([false, false]);
  expect(log).toEqual([]);
});

it('leaves Space to fields and dialogs, and to buttons that the keyboard reached', () => {
  const inside = (name: string) => ({ closest: (selector: string) => selector.split(', ').includes(name) });
  expect(ownsSpace(inside('textarea'), true)).toBe(true);
  expect(ownsSpace(inside('dialog'), true)).toBe(true);
  expect(ownsSpace(inside('button'), false)).toBe(true);
  expect(ownsSpace(inside('button'), true)).toBe(false);
  expect(ownsSpace(inside('h1'), false)).toBe(false);
  expect(ownsSpace(null, false)).toBe(false);
});
