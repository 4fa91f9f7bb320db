import type { Call } from '@waterbus/client';
import { expect, it, vi } from 'vitest';
import { type Entry, Joining } from './joining.js';

const known = { name: 'Ada', tracks: [] };

/** A lobby whose attempts the test settles. */
function scene() {
  const attempts: { entry: Entry; resolve: (call: Call) => void; reject: (error: Error) => void }[] = [];
  const enter = (entry: Entry) =>
    new Promise<Call>((resolve, reject) => void attempts.push({ entry, resolve, reject }));
  const joining = new Joining();
  const phases: string[] = [];
  joining.subscribe(() => phases.push(joining.state.phase));
  const call = { leave: vi.fn() } as unknown as Call & { leave: ReturnType<typeof vi.fn> };
  return { attempts, enter, joining, phases, call };
}

it('joins once at a time, and shows that a moderator decides', async () => {
  const { attempts, enter, joining, phases, call } = scene();
  const joined = joining.enter(known, enter);
  expect(await joining.enter(known, enter)).toBeUndefined();
  expect(attempts).toHaveLength(1);
  expect(attempts[0]!.entry).toMatchObject({ ...known, onlyObserved: true });
  attempts[0]!.entry.onWaiting();
  attempts[0]!.resolve(call);
  expect(await joined).toBe(call);
  expect(phases).toEqual(['joining', 'waiting']);
});

it('shows why it failed, and may be tried again', async () => {
  const { attempts, enter, joining, call } = scene();
  const first = joining.enter(known, enter);
  const error = new Error('locked');
  attempts[0]!.reject(error);
  expect(await first).toBeUndefined();
  expect(joining.state).toEqual({ phase: 'idle', failure: { error } });
  joining.forget();
  expect(joining.state.failure).toBeUndefined();
  const second = joining.enter(known, enter);
  attempts[1]!.resolve(call);
  expect(await second).toBe(call);
});

it('leaves a call that arrives after the user has cancelled, and shows no failure then', async () => {
  const { attempts, enter, joining, call } = scene();
  const first = joining.enter(known, enter);
  joining.abort();
  expect(attempts[0]!.entry.signal.aborted).toBe(true);
  expect(joining.state.phase).toBe('idle');
  const second = joining.enter(known, enter);
  attempts[0]!.entry.onWaiting();
  attempts[0]!.resolve(call);
  expect(await first).toBeUndefined();
  expect(call.leave).toHaveBeenCalledOnce();
  expect(joining.state.phase).toBe('joining');
  joining.abort();
  attempts[1]!.reject(new Error('aborted'));
  await second;
  expect(joining.state).toEqual({ phase: 'idle', failure: undefined });
});
