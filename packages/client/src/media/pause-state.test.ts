import { describe, expect, it } from 'vitest';
import { PauseState } from './pause-state.js';

/** A room with one producer: each effective change has the next version. */
class Room {
  paused = false;
  version = 0;

  /** The event of the change, if it is one. */
  set(paused: boolean): [paused: boolean, version: number][] {
    if (paused === this.paused) return [];
    this.paused = paused;
    this.version += 1;
    return [[paused, this.version]];
  }
}

function setUp(muted = false) {
  const state = new PauseState(muted);
  state.begin(muted);
  const room = new Room();
  room.paused = muted;
  return { state, room };
}

describe('the pause state of a producer', () => {
  it('takes the events of own requests for nothing new, before and after the answers', () => {
    const { state, room } = setUp();
    state.wanted = true;
    const muting = state.request();
    const [first] = room.set(true);
    expect(state.reported(...first!)).toBe('known');
    expect(state.settled).toBe(false);
    expect(state.answered(muting)).toBe(true);
    expect(state.settled).toBe(true);
    state.wanted = false;
    const unmuting = state.request();
    const [second] = room.set(false);
    expect(state.answered(unmuting)).toBe(true);
    state.wanted = true;
    const again = state.request();
    const [third] = room.set(true);
    expect(state.answered(again)).toBe(true);
    expect([state.reported(...second!), state.reported(...third!)]).toEqual(['known', 'known']);
    expect([state.confirmed, state.settled]).toEqual([true, true]);
  });

  it('follows a mute by a moderator, and settles an unmute that overtook its event', () => {
    const { state, room } = setUp(true);
    state.wanted = false;
    const unmuting = state.request();
    const [own] = room.set(false);
    const [moderator] = room.set(true);
    state.reported(...own!);
    expect(state.reported(...moderator!)).toBe('muted');
    state.answered(unmuting);
    expect([state.wanted, state.confirmed, state.settled]).toEqual([true, true, true]);

    // The moderator's change is the first: it does not undo the own one, which follows.
    const other = setUp(true);
    other.state.wanted = false;
    const request = other.state.request();
    expect(other.state.reported(true, 1)).toBe('muted');
    other.state.answered(request);
    expect(other.state.settled).toBe(true);
    expect(other.state.reported(false, 2)).toBe('changed');
    expect([other.state.wanted, other.state.settled]).toEqual([true, false]);
  });

  it('notices a moderator’s mute after a request that was lost before the server', () => {
    const { state, room } = setUp();
    state.wanted = true;
    state.failed(state.request());
    state.wanted = false;
    const unmuting = state.request();
    expect(room.set(false)).toEqual([]);
    // Whether the first one was carried out is unknown, so that an event could be its.
    expect(state.answered(unmuting)).toBe(false);
    expect(state.found(room.paused, room.version)).toBe('known');
    const [moderator] = room.set(true);
    expect(state.reported(...moderator!)).toBe('muted');
  });

  it('notices it also after a request that was carried out without an answer, whose event is late', () => {
    const { state, room } = setUp();
    state.wanted = true;
    const [lost] = room.set(true);
    state.failed(state.request());
    state.wanted = false;
    const unmuting = state.request();
    const [own] = room.set(false);
    expect(state.answered(unmuting)).toBe(false);
    expect(state.found(room.paused, room.version)).toBe('known');
    expect([state.reported(...lost!), state.reported(...own!)]).toEqual(['known', 'known']);
    expect(state.wanted).toBe(false);
    const [moderator] = room.set(true);
    expect(state.reported(...moderator!)).toBe('muted');
  });

  it('needs no snapshot when the same request is repeated', () => {
    const { state, room } = setUp();
    state.wanted = true;
    state.failed(state.request());
    const again = state.request();
    const [event] = room.set(true);
    expect(state.answered(again)).toBe(true);
    expect(state.reported(...event!)).toBe('known');
    expect(state.settled).toBe(true);
  });

  it('ends as the room has it, muted if a moderator muted it last, in every order of events and answers', () => {
    for (let seed = 0; seed < 2_000; seed++) outcome(seed);
  });
});

/** Random requests, moderators, losses and delays; then all of it arrives. */
function outcome(seed: number): void {
  let value = seed * 2_654_435_761;
  const random = () => {
    value = (value * 1_103_515_245 + 12_345) % 2 ** 31;
    return value / 2 ** 31;
  };
  const { state, room } = setUp();
  const events: [boolean, number][] = [];
  let request: ReturnType<PauseState['request']> | undefined;
  let mutes = 0;
  const answer = () => {
    const requested = request;
    request = undefined;
    if (requested && !state.answered(requested)) state.found(room.paused, room.version);
  };
  for (let step = 0; step < 30; step++) {
    const at = random();
    if (at < 0.25) state.wanted = random() < 0.5;
    else if (at < 0.45 && !state.settled && !request) {
      request = state.request();
      const fate = random();
      if (fate < 0.8) events.push(...room.set(request.paused));
      if (fate > 0.6) {
        state.failed(request);
        request = undefined;
      }
    } else if (at < 0.6) answer();
    else if (at < 0.65) events.push(...room.set(true));
    else if (events.length > 0 && state.reported(...events.shift()!) === 'muted') mutes += 1;
  }
  for (let round = 0; round < 5; round++) {
    answer();
    if (!state.settled) {
      request = state.request();
      events.push(...room.set(request.paused));
    }
    while (events.length > 0) state.reported(...events.shift()!);
  }
  answer();
  expect([seed, mutes, state.settled, state.confirmed]).toEqual([seed, mutes, true, room.paused]);
}
