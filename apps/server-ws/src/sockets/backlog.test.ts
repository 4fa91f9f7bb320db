import { EventEmitter } from 'node:events';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { beforeEach, expect, test } from 'vitest';
import { defaultLimits } from '../limits.js';
import { Backlog } from './backlog.js';
import type { EngineSocket } from './engine-socket.js';

/** Engine.IO's socket: one write is under way, others wait for it. */
class FakeSocket extends EventEmitter {
  terminated = 0;
  readonly transport = {
    socket: {
      bufferedAmount: 0,
      terminate: () => {
        this.terminated += 1;
      },
    },
  };

  send(bytes: number): void {
    this.emit('packetCreate', { type: 'message', data: 'x'.repeat(bytes) });
    if (this.transport.socket.bufferedAmount > 0) return;
    this.transport.socket.bufferedAmount = bytes;
    this.emit('flush');
  }

  /** The peer has read the write under way. */
  read(next = 0): void {
    this.transport.socket.bufferedAmount = next;
    this.emit('flush');
  }
}

let clock: VirtualClock;
let socket: FakeSocket;
let backlog: Backlog;
let cuts: number[];
beforeEach(() => {
  clock = new VirtualClock();
  socket = new FakeSocket();
  cuts = [];
  const limits = { ...defaultLimits, backlogBytes: 1000, backlogTime: 30_000 };
  backlog = new Backlog(socket as unknown as EngineSocket, clock, limits, (bytes) => cuts.push(bytes));
});

function send(bytes: number): void {
  socket.send(bytes);
  backlog.check();
}

test('a peer with too many unread bytes is cut off at once, and once', () => {
  for (let n = 0; n < 9; n += 1) send(100);
  expect(cuts).toEqual([]);
  for (let n = 0; n < 9; n += 1) send(100);
  expect(cuts).toHaveLength(1);
  expect(socket.terminated).toBe(1);
});

test('a peer that has read nothing for 30 s is cut off, for any backlog and any further messages', async () => {
  send(1);
  for (let second = 0; second < 29; second += 1) {
    await clock.advance(1000);
    send(1);
  }
  expect(cuts).toEqual([]);
  await clock.advance(1000);
  expect(cuts).toHaveLength(1);
});

test('a slow peer that reads is not cut off', async () => {
  for (let minute = 0; minute < 10; minute += 1) {
    send(100);
    send(100);
    await clock.advance(29_000);
    socket.read(112);
    await clock.advance(29_000);
    socket.read();
  }
  await clock.advance(100_000);
  expect(cuts).toEqual([]);
});

test('a socket that has ended is not checked any more', async () => {
  send(100);
  socket.emit('close');
  await clock.advance(100_000);
  expect(cuts).toEqual([]);
});
