import { vi } from 'vitest';
import type { LiveCall } from '../src/call/live-call.js';
import { joinWith } from '../src/join.js';
import { FakeDevice } from './fake-device.js';
import type { FakeServer } from './fake-server.js';

/** Joins with a token, in fake time. */
export async function enterWithToken(server: FakeServer): Promise<LiveCall> {
  const joinToken = { token: 't', signalling: [''], title: 'Planning' };
  const joining = joinWith(
    { server: 'https://meet.example.org', code: 'abc-defg-hjk', joinToken },
    { device: new FakeDevice(), openSocket: server.openSocket },
  );
  await vi.advanceTimersByTimeAsync(0);
  return joining;
}

/** The device negotiates no received stream until the returned function is called. */
export function holdReceiving({ receiving }: FakeDevice): () => void {
  let finish = () => {};
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const receive = receiving.receive.bind(receiving);
  receiving.receive = async (stream) => {
    await slow;
    return receive(stream);
  };
  return finish;
}
