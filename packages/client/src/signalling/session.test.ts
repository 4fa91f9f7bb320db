// Beyond 400 lines because one connection is tested through all of its states against one server in
// memory; split, each part would set that up anew.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeServer, LOSE } from '../../test/fake-server.js';
import type { CloseReason, ConnectionState } from '../api/call.js';
import { coded } from '../failures.js';
import { SignallingSession } from './session.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function setUp(server = new FakeServer(), likelyOrigin?: string) {
  const states: ConnectionState[] = [];
  const closed: CloseReason[] = [];
  const entries: string[] = [];
  const messages: string[] = [];
  const authorize = vi.fn(async () => ({ token: `token-${authorize.mock.calls.length}`, origins: ['one', 'two'] }));
  const session = new SignallingSession({
    openSocket: server.openSocket,
    authorize,
    likelyOrigin,
    random: () => 0.5,
    listener: {
      entered: (_, entry) => entries.push(entry),
      message: ({ name }) => messages.push(name),
      connection: (state) => states.push(state),
      closed: (reason) => closed.push(reason),
    },
  });
  return { server, session, states, closed, entries, messages, authorize };
}

describe('a socket that is opened ahead', () => {
  /** `authorize` answers on demand. */
  function deciding(likelyOrigin: string) {
    const set = setUp(new FakeServer(), likelyOrigin);
    let answer: (value: { token: string; origins: string[] }) => void = () => {};
    let refuse: (error: unknown) => void = () => {};
    set.authorize.mockImplementationOnce(
      () =>
        new Promise((resolve, reject) => {
          answer = resolve;
          refuse = reject;
        }),
    );
    return {
      ...set,
      answer: (origins: string[]) => answer({ token: 'late', origins }),
      refuse: (e: unknown) => refuse(e),
    };
  }

  it('waits for the token and carries it, once', async () => {
    const { server, session, answer } = deciding('one');
    const started = session.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.log).toEqual(['open']);
    answer(['one', 'two']);
    await started;
    expect(server.log).toEqual(['open', 'join']);
    expect(server.origins).toEqual(['one']);
    await session.leave();
  });

  it('is given up when the answer names other servers', async () => {
    const { server, session, answer } = deciding('page');
    const started = session.start();
    await vi.advanceTimersByTimeAsync(0);
    answer(['one', 'two']);
    await started;
    expect(server.origins).toEqual(['page', 'one']);
    expect(server.log).toEqual(['open', 'open', 'join']);
    expect(server.sockets).toHaveLength(1);
    await session.leave();
  });

  it('is given up when a decision takes longer than a server waits for a join', async () => {
    const { server, session, answer } = deciding('one');
    const started = session.start();
    await vi.advanceTimersByTimeAsync(8_000);
    answer(['one']);
    await started;
    expect(server.log).toEqual(['open', 'open', 'join']);
    await session.leave();
  });

  it('is given up with a refusal, and by a client that aborts the join', async () => {
    const refused = deciding('one');
    const failed = expect(refused.session.start()).rejects.toMatchObject({ code: 'meeting.full' });
    await vi.advanceTimersByTimeAsync(0);
    refused.refuse(coded('meeting.full'));
    await failed;
    expect(refused.server.sockets).toEqual([]);
    const aborted = deciding('one');
    const abort = new AbortController();
    const stopped = expect(aborted.session.start(abort.signal)).rejects.toBe('no more');
    await vi.advanceTimersByTimeAsync(0);
    abort.abort('no more');
    aborted.refuse('no more');
    await stopped;
    expect(aborted.server.sockets).toEqual([]);
  });

  it('is replaced by another one when it cannot be opened', async () => {
    const { server, session, answer } = deciding('one');
    server.reachable = false;
    const started = session.start();
    await vi.advanceTimersByTimeAsync(0);
    server.reachable = true;
    answer(['one']);
    await started;
    expect(server.log).toEqual(['open', 'open', 'join']);
    await session.leave();
  });

  it('leads to another server when this one accepts no participants', async () => {
    const { server, session, answer } = deciding('one');
    const started = session.start();
    await vi.advanceTimersByTimeAsync(0);
    server.overrides.join = () => {
      server.overrides = {};
      throw coded('server.draining');
    };
    answer(['one', 'two']);
    await started;
    expect(server.origins).toEqual(['one', 'two']);
    await session.leave();
  });
});

describe('joining', () => {
  it('joins and leaves, and leaves nothing behind', async () => {
    const { server, session, states, closed } = setUp();
    await session.start();
    expect(server.log).toEqual(['open', 'join']);
    await session.leave();
    expect(server.log.at(-1)).toBe('leave');
    expect(states).toEqual(['connected', 'closed']);
    expect(closed).toEqual(['left']);
    expect(server.socket.open).toBe(false);
    await expect(session.request('sync', {})).rejects.toMatchObject({ code: 'network.unreachable' });
  });

  it('reports a refusal at once', async () => {
    const { server, session, closed } = setUp();
    server.overrides.join = () => {
      throw coded('meeting.full');
    };
    await expect(session.start()).rejects.toMatchObject({ code: 'meeting.full' });
    expect(server.log).toEqual(['open', 'join']);
    expect(closed).toEqual([]);
  });

  it('tries the other origins, and gives up after three rounds', async () => {
    const { server, session } = setUp();
    server.reachable = false;
    const started = expect(session.start()).rejects.toMatchObject({ code: 'network.unreachable' });
    await vi.advanceTimersByTimeAsync(5_000);
    await started;
    expect(server.log).toEqual(Array(6).fill('open'));
  });

  it('requests a new token when the first is used up', async () => {
    const { server, session, authorize } = setUp();
    server.overrides.join = () => {
      if (authorize.mock.calls.length === 1) throw coded('token.used');
      return server.joined();
    };
    const started = session.start();
    await vi.advanceTimersByTimeAsync(1_000);
    await started;
    expect(authorize).toHaveBeenCalledTimes(2);
    await session.leave();
  });

  it('can be aborted while it waits', async () => {
    const { server, session } = setUp();
    server.reachable = false;
    const abort = new AbortController();
    const started = expect(session.start(abort.signal)).rejects.toBe('never mind');
    await vi.advanceTimersByTimeAsync(10);
    abort.abort('never mind');
    await started;
  });
});

describe('a lost socket', () => {
  it('is reported at once and resumed within a fraction of a second', async () => {
    const { server, session, states, entries } = setUp();
    await session.start();
    server.cut();
    expect(session.connection).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(100);
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);
    expect(entries).toEqual(['joined', 'resumed']);
    expect(server.log).toEqual(['open', 'join', 'open', 'resume']);
    await session.leave();
  });

  it('is resumed where it was, and elsewhere at once when that server refuses', async () => {
    const { server, session, entries } = setUp();
    await session.start();
    server.cut();
    await vi.advanceTimersByTimeAsync(100);
    expect(server.origins).toEqual(['one', 'one']);
    server.dead.set('one', 'refuses');
    server.cut();
    await vi.advanceTimersByTimeAsync(100);
    expect(server.origins).toEqual(['one', 'one', 'one', 'two']);
    // It is at the second server now.
    server.cut();
    await vi.advanceTimersByTimeAsync(100);
    expect(server.origins.slice(4)).toEqual(['two']);
    expect(entries).toEqual(['joined', 'resumed', 'resumed', 'resumed']);
    await session.leave();
  });

  it('is resumed elsewhere within a second when its machine is down, and leaves no socket open', async () => {
    const { server, session, entries } = setUp();
    await session.start();
    server.dead.set('one', 'is silent');
    server.cut();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(entries).toEqual(['joined', 'resumed']);
    expect(server.origins).toEqual(['one', 'one', 'two']);
    expect(server.pending).toBe(0);
    await session.leave();
  });

  it('tries no further server once one has answered', async () => {
    const { server, session, authorize } = setUp();
    authorize.mockResolvedValueOnce({ token: 'token', origins: ['one', 'two', 'three'] });
    await session.start();
    server.dead.set('one', 'is silent');
    server.cut();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(server.origins).toEqual(['one', 'one', 'two']);
    expect(server.sockets.filter(({ open }) => open)).toHaveLength(1);
    expect(server.pending).toBe(0);
    await session.leave();
  });

  it('is retried with growing pauses, and at once when the network is back', async () => {
    const { server, session } = setUp();
    await session.start();
    server.reachable = false;
    server.cut();
    await vi.advanceTimersByTimeAsync(60_000);
    for (const origin of ['one', 'two']) {
      const attempts = server.origins.filter((tried) => tried === origin).length;
      expect(attempts).toBeGreaterThan(12);
      expect(attempts).toBeLessThan(25);
    }
    server.reachable = true;
    session.networkChanged();
    await vi.advanceTimersByTimeAsync(0);
    expect(session.connection).toBe('connected');
    await session.leave();
  });

  it('is joined afresh when the participant has expired on the servers', async () => {
    const { server, session, entries, authorize } = setUp();
    const requested: unknown[] = [];
    server.overrides.join = (request) => {
      requested.push(request.formerly);
      return server.joined();
    };
    await session.start();
    server.overrides.resume = () => {
      throw coded('session.expired');
    };
    server.cut();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(entries).toEqual(['joined', 'rejoined']);
    // With the former participant's token, so that it is not shown twice.
    expect(requested).toEqual([undefined, 'resume-1']);
    expect(authorize).toHaveBeenCalledTimes(2);
    await session.leave();
  });

  it('is joined afresh without delay, on a socket that opens while Server API decides', async () => {
    const { server, session, authorize, entries } = setUp();
    await session.start();
    server.overrides.resume = () => {
      throw coded('session.expired');
    };
    let decide = () => {};
    const decided = new Promise<void>((resolve) => {
      decide = resolve;
    });
    authorize.mockImplementationOnce(async () => {
      await decided;
      return { token: 'another', origins: ['two', 'one'] };
    });
    server.log.length = 0;
    server.cut();
    // Twice the shortest pause: before the resumption, and before the join.
    await vi.advanceTimersByTimeAsync(100);
    expect(authorize).toHaveBeenCalledTimes(2);
    expect(server.log).toEqual(['open', 'resume', 'open']);
    decide();
    await vi.advanceTimersByTimeAsync(0);
    expect(entries).toEqual(['joined', 'rejoined']);
    expect(server.origins.slice(-2)).toEqual(['one', 'one']);
    await session.leave();
  });

  it('ends the call when joining afresh is refused, or another socket replaced the participant', async () => {
    for (const [code, reason] of [
      ['session.expired', 'expired'],
      ['session.replaced', 'replaced'],
    ] as const) {
      const { server, session, closed, authorize } = setUp();
      await session.start();
      server.overrides.resume = () => {
        throw coded(code);
      };
      authorize.mockRejectedValue(coded('meeting.wrong_password'));
      server.cut();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(closed).toEqual([reason]);
    }
  });

  it('is given up after five minutes', async () => {
    const { server, session, closed } = setUp();
    await session.start();
    server.reachable = false;
    server.cut();
    await vi.advanceTimersByTimeAsync(310_000);
    expect(closed).toEqual(['failed']);
    expect(session.connection).toBe('closed');
  });

  it('is detected early when the network changed and the server does not answer', async () => {
    const { server, session, states } = setUp();
    await session.start();
    server.overrides.sync = () => LOSE;
    session.networkChanged();
    // Checked once, however many callers doubt it.
    session.doubt();
    expect(server.log.filter((entry) => entry === 'sync')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_400);
    expect(states).toEqual(['connected']);
    await vi.advanceTimersByTimeAsync(400);
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);
    await session.leave();
  });

  it('is not retried any more when the user leaves', async () => {
    const { server, session, closed } = setUp();
    await session.start();
    server.reachable = false;
    server.cut();
    await vi.advanceTimersByTimeAsync(500);
    await session.leave();
    const attempts = server.log.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.log.length).toBe(attempts);
    expect(closed).toEqual(['left']);
  });
});

describe('the events of the server', () => {
  it('R8: kicked is final', async () => {
    const { server, session, closed } = setUp();
    await session.start();
    server.send('ended', { reason: 'kicked' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(closed).toEqual(['kicked']);
    expect(server.log).toEqual(['open', 'join']);
  });

  it('expired is joined afresh', async () => {
    const { server, session, entries } = setUp();
    await session.start();
    server.send('ended', { reason: 'expired' });
    expect(session.connection).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(entries).toEqual(['joined', 'rejoined']);
    await session.leave();
  });

  it('R10: moves to another socket without ever being disconnected', async () => {
    const { server, session, states, closed } = setUp();
    await session.start();
    const old = server.socket;
    server.overrides.resume = () => {
      old.listener.message({ name: 'ended', data: { reason: 'replaced' } });
      return server.joined();
    };
    server.send('moving', { reason: 'server-draining' });
    expect(old.open).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(old.open).toBe(false);
    expect(server.socket).not.toBe(old);
    expect(states).toEqual(['connected']);
    expect(closed).toEqual([]);
    await session.leave();
  });

  it('R10: keeps the old socket while other servers refuse, and holds requests only during the move', async () => {
    const { server, session, states, entries } = setUp();
    await session.start();
    const old = server.socket;
    const via: unknown[] = [];
    server.overrides.sync = (_, socket) => {
      via.push(socket);
      return { room: server.room };
    };
    let refusals = 5;
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    server.overrides.resume = async () => {
      if (refusals-- > 0) throw coded('server.draining');
      // The old home ends the session, before the new one answers.
      old.listener.message({ name: 'ended', data: { reason: 'replaced' } });
      old.open = false;
      old.listener.lost();
      await held;
      return server.joined();
    };
    server.send('moving', { reason: 'server-draining' });
    await vi.advanceTimersByTimeAsync(500);
    await session.request('sync', {});
    await vi.advanceTimersByTimeAsync(20_000);
    const waiting = session.request('sync', {});
    await vi.advanceTimersByTimeAsync(0);
    expect(via).toEqual([old]);
    answer();
    await waiting;
    expect(via).toEqual([old, server.socket]);
    expect(server.sockets.filter(({ open }) => open)).toEqual([server.socket]);
    expect(states).toEqual(['connected']);
    expect(entries).toEqual(['joined', 'moved']);
    await session.leave();
  });

  it('R10: waits for pending answers before it moves', async () => {
    const { server, session, entries } = setUp();
    await session.start();
    let answer = () => {};
    server.overrides.sync = () =>
      new Promise((resolve) => {
        answer = () => resolve({ room: server.room });
      });
    const requested = session.request('sync', {});
    server.send('moving', { reason: 'server-draining' });
    await vi.advanceTimersByTimeAsync(1_500);
    expect(server.log).toEqual(['open', 'join', 'sync', 'open']);
    answer();
    await requested;
    await vi.advanceTimersByTimeAsync(0);
    expect(entries).toEqual(['joined', 'moved']);
    // An answer that takes too long may be lost: then it counts as after any loss.
    const lost = expect(session.request('sync', {})).rejects.toMatchObject({ code: 'network.unreachable' });
    server.send('moving', { reason: 'server-draining' });
    await vi.advanceTimersByTimeAsync(3_000);
    await lost;
    expect(entries).toEqual(['joined', 'moved', 'resumed']);
    await session.leave();
  });

  it('R10: stays when the server cancels the drain, and resumes when it is lost during the move', async () => {
    const { server, session, states, entries } = setUp();
    await session.start();
    server.overrides.resume = () => {
      throw coded('server.draining');
    };
    server.send('moving', { reason: 'server-draining' });
    await vi.advanceTimersByTimeAsync(1_000);
    const [first] = server.sockets;
    first!.listener.message({ name: 'staying', data: {} });
    await vi.advanceTimersByTimeAsync(5_000);
    const attempts = server.log.length;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(server.log.length).toBe(attempts);
    expect(entries).toEqual(['joined']);
    first!.listener.message({ name: 'moving', data: { reason: 'server-draining' } });
    await vi.advanceTimersByTimeAsync(1_000);
    delete server.overrides.resume;
    first!.open = false;
    first!.listener.lost();
    expect(states).toEqual(['connected', 'reconnecting']);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);
    expect(entries).toEqual(['joined', 'resumed']);
    await session.leave();
  });

  it('R10: stays when the server cancels the drain while another server resumes, and that one refuses', async () => {
    const { server, session, entries, states } = setUp();
    await session.start();
    let refuse = (_: unknown) => {};
    server.overrides.resume = () =>
      new Promise((_, reject) => {
        refuse = reject;
      });
    server.send('moving', { reason: 'server-draining' });
    await vi.advanceTimersByTimeAsync(100);
    expect(server.log).toEqual(['open', 'join', 'open', 'resume']);
    const [first] = server.sockets;
    first!.listener.message({ name: 'staying', data: {} });
    refuse(coded('server.draining'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.log).toEqual(['open', 'join', 'open', 'resume']);
    await session.request('sync', {});
    expect([entries, states]).toEqual([['joined'], ['connected']]);
    await session.leave();
  });

  it('joins afresh once when the participant expires while another server resumes it', async () => {
    const { server, session, entries, states } = setUp();
    await session.start();
    let answer = () => {};
    server.overrides.resume = () =>
      new Promise((resolve) => {
        answer = () => resolve(server.joined());
      });
    server.send('moving', { reason: 'server-draining' });
    await vi.advanceTimersByTimeAsync(100);
    const [first, second] = server.sockets;
    first!.listener.message({ name: 'ended', data: { reason: 'expired' } });
    await vi.advanceTimersByTimeAsync(1_000);
    answer();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(entries).toEqual(['joined', 'rejoined']);
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);
    expect(second!.open).toBe(false);
    expect(server.sockets.filter(({ open }) => open)).toEqual([server.socket]);
    await session.leave();
  });

  it('events on a new socket before its answer are not lost', async () => {
    const { server, session, messages } = setUp();
    server.overrides.join = (_, socket) => {
      socket.listener.message({ name: 'mediaNode.lost', data: { mediaNodeId: 'node-1' } });
      return server.joined();
    };
    await session.start();
    expect(messages).toEqual(['mediaNode.lost']);
    await session.leave();
  });
});
