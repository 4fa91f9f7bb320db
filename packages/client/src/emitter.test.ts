import { expect, it, vi } from 'vitest';
import { Emitter } from './emitter.js';

interface Events {
  happened: (what: string) => void;
}

it('calls every listener until it is removed', () => {
  const emitter = new Emitter<Events>();
  const first = vi.fn();
  const second = vi.fn();
  const stop = emitter.on('happened', first);
  emitter.on('happened', second);
  emitter.emit('happened', 'once');
  stop();
  emitter.off('happened', second);
  emitter.emit('happened', 'twice');
  expect(first.mock.calls).toEqual([['once']]);
  expect(second.mock.calls).toEqual([['once']]);
});

it('continues after a listener that throws, whose error is reported as the application’s own', async () => {
  const emitter = new Emitter<Events>();
  const later = vi.fn();
  const queued: (() => void)[] = [];
  vi.stubGlobal('queueMicrotask', (task: () => void) => queued.push(task));
  try {
    emitter.on('happened', () => {
      throw new Error('in the application');
    });
    emitter.on('happened', later);
    emitter.emit('happened', 'x');
  } finally {
    vi.unstubAllGlobals();
  }
  expect(later).toHaveBeenCalledOnce();
  expect(queued[0]).toThrow('in the application');
});
