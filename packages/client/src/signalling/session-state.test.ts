import { describe, expect, it } from 'vitest';
import {
  CONNECTION,
  hasSocket,
  isHandingOver,
  next,
  type SessionEvent,
  type SessionState,
  WORK,
} from './session-state.js';

const states = Object.keys(CONNECTION) as SessionState[];

const events = [
  'entered',
  'lost',
  'move',
  'stay',
  'resume',
  'change',
  'refused',
  'unknown',
  'expired',
  'replaced',
  'removed',
  'given-up',
  'leave',
] as const satisfies readonly SessionEvent[];

/** Fails to compile when an event is not in the list above. */
const complete: Exclude<SessionEvent, (typeof events)[number]> extends never ? true : never = true;

/** Every transition; each other event leaves its state as it is. */
const transitions: [SessionState, SessionEvent, SessionState][] = [
  ['joining', 'entered', 'live'],
  ['joining', 'given-up', 'ended'],
  ['live', 'lost', 'resuming'],
  ['live', 'move', 'moving'],
  ['live', 'change', 'changing'],
  ['live', 'expired', 'rejoining'],
  ['live', 'replaced', 'ended'],
  ['live', 'removed', 'ended'],
  ['moving', 'lost', 'resuming'],
  ['moving', 'stay', 'live'],
  ['moving', 'resume', 'handing-over'],
  ['moving', 'change', 'changing'],
  ['moving', 'expired', 'rejoining'],
  ['changing', 'entered', 'live'],
  ['changing', 'refused', 'live'],
  ['changing', 'lost', 'resuming'],
  ['changing', 'expired', 'rejoining'],
  ['changing', 'replaced', 'ended'],
  ['changing', 'removed', 'ended'],
  ['moving', 'replaced', 'ended'],
  ['moving', 'removed', 'ended'],
  ['handing-over', 'entered', 'live'],
  ['handing-over', 'lost', 'handed-over'],
  ['handing-over', 'stay', 'handing-over-anyway'],
  ['handing-over', 'refused', 'moving'],
  ['handing-over', 'expired', 'rejoining'],
  ['handing-over', 'removed', 'ended'],
  ['handing-over-anyway', 'entered', 'live'],
  ['handing-over-anyway', 'lost', 'handed-over'],
  ['handing-over-anyway', 'move', 'handing-over'],
  ['handing-over-anyway', 'refused', 'live'],
  ['handing-over-anyway', 'expired', 'rejoining'],
  ['handing-over-anyway', 'removed', 'ended'],
  ['handed-over', 'entered', 'live'],
  ['handed-over', 'refused', 'resuming'],
  ['handed-over', 'removed', 'ended'],
  ['resuming', 'entered', 'live'],
  ['resuming', 'unknown', 'rejoining'],
  ['resuming', 'replaced', 'ended'],
  ['resuming', 'removed', 'ended'],
  ['resuming', 'given-up', 'ended'],
  ['rejoining', 'entered', 'live'],
  ['rejoining', 'replaced', 'ended'],
  ['rejoining', 'removed', 'ended'],
  ['rejoining', 'given-up', 'ended'],
];

describe('the state of a session', () => {
  const pairs = states.flatMap((state) => events.map((event) => [state, event] as const));

  it.each(pairs)('%s, after %s', (state, event) => {
    const listed = transitions.find(([from, by]) => from === state && by === event)?.[2];
    const left = event === 'leave' ? 'ended' : undefined;
    expect(complete && next(state, event)).toBe(listed ?? left ?? state);
  });

  it('is final once it has ended, and ends from each state when the user leaves', () => {
    for (const event of events) expect(next('ended', event)).toBe('ended');
    for (const state of states) expect(next(state, 'leave')).toBe('ended');
  });

  it('is reached from the first one, and has a way back to a live session', () => {
    const reached = (from: SessionState) => {
      const found = new Set([from]);
      for (const state of found) for (const event of events) found.add(next(state, event));
      return found;
    };
    expect(reached('joining')).toEqual(new Set(states));
    for (const state of states) expect(reached(state).has('live')).toBe(state !== 'ended');
  });

  it('keeps the connection visible as long as a socket serves or takes over', () => {
    for (const state of states) {
      if (hasSocket(state)) expect(CONNECTION[state]).toBe('connected');
      if (isHandingOver(state)) expect([hasSocket(state), WORK[state]]).toEqual([true, 'move']);
      // A session without a socket works on getting one, unless it has ended.
      if (!hasSocket(state)) expect(WORK[state] === undefined).toBe(state === 'ended');
    }
  });
});
