import { beforeEach, describe, expect, it } from 'vitest';
import { ToastList } from './toasts.js';

let timers: Map<number, () => void>;
let list: ToastList;
beforeEach(() => {
  timers = new Map();
  let last = 0;
  list = new ToastList(
    (work) => {
      last += 1;
      timers.set(last, work);
      return last;
    },
    (timer: number) => void timers.delete(timer),
  );
});

/** The time of all shown toasts has passed. */
const pass = () => {
  for (const [timer, work] of [...timers]) {
    timers.delete(timer);
    work();
  }
};
const texts = () => list.toasts.map(({ text }) => text);

describe('toasts', () => {
  it('disappear after a while, or when they are dismissed', () => {
    list.show('one');
    const takeAway = list.show('two');
    takeAway();
    expect(texts()).toEqual(['one']);
    pass();
    expect(texts()).toEqual([]);
    expect(timers.size).toBe(0);
  });

  it('stay while they are read, and so do those that arrive meanwhile', () => {
    list.show('one');
    list.hold(true);
    list.show('two');
    pass();
    expect(texts()).toEqual(['one', 'two']);
    list.hold(false);
    pass();
    expect(texts()).toEqual([]);
  });

  it('are not displaced by arrivals, which make room first', () => {
    list.show('Ben left', { minor: true });
    list.show('The rooms are closed');
    for (const name of ['Ada', 'Cleo']) list.show(`${name} joined`, { minor: true });
    expect(texts()).toEqual(['The rooms are closed', 'Ada joined', 'Cleo joined']);
    for (const text of ['two', 'three']) list.show(text);
    const takeAway = list.show('Dan joined', { minor: true });
    expect(texts()).toEqual(['The rooms are closed', 'two', 'three']);
    takeAway();
    list.show('four');
    expect(texts()).toEqual(['two', 'three', 'four']);
  });

  it('stay until they are answered if they are lasting, however many others arrive', () => {
    list.show('Ben waits', { lasting: true });
    for (const text of ['a', 'b', 'c', 'd']) list.show(text);
    expect(texts()).toEqual(['Ben waits', 'b', 'c', 'd']);
    pass();
    expect(texts()).toEqual(['Ben waits']);
  });

  it('are removed on the next page, unless they explain it', () => {
    list.show('one');
    list.show('two', { lasting: true });
    list.show('Your account is deleted', { leadsOn: true });
    list.clear();
    expect(texts()).toEqual(['Your account is deleted']);
    pass();
    expect(texts()).toEqual([]);
    expect(timers.size).toBe(0);
  });

  it('are not held by a pointer that was over a removed one', () => {
    const takeAway = list.show('one');
    list.hold(true);
    takeAway();
    list.show('two');
    pass();
    expect(texts()).toEqual([]);
  });
});
