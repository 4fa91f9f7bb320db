import { dataMessageSchema, type Grants } from '@waterbus/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { enterWithToken } from '../../test/enter.js';
import { FakeServer, participant } from '../../test/fake-server.js';
import type { ReceivedData } from '../api/data.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function serverWith(granted: Partial<Grants>): FakeServer {
  const server = new FakeServer();
  server.grants = { ...server.grants, ...granted };
  return server;
}

it('sends text and bytes, and receives both as they were sent', async () => {
  const server = serverWith({ sendData: true });
  server.join('ada');
  const sent: unknown[] = [];
  server.overrides['data.send'] = (request) => void sent.push(request);
  const call = await enterWithToken(server);
  const bytes = Uint8Array.from({ length: 8192 }, (_, index) => index % 256);
  await call.sendData({ topic: 'pen', payload: 'grüße' });
  await call.sendData({ topic: 'pen', payload: bytes, to: ['ada'] });
  expect(sent).toMatchObject([
    { topic: 'pen', payload: 'grüße' },
    { encoding: 'base64', to: ['ada'] },
  ]);

  const received: ReceivedData[] = [];
  let changes = 0;
  await vi.advanceTimersByTimeAsync(0);
  call.on('data', (message) => received.push(message));
  call.on('change', () => {
    changes += 1;
  });
  for (const [index, request] of sent.entries()) {
    const message = dataMessageSchema.parse({ ...(request as object), id: `m${index}`, participantId: 'ada' });
    server.send('data', message);
    // Two servers send it while the session moves.
    server.send('data', message);
  }
  await vi.advanceTimersByTimeAsync(0);
  expect(received.map(({ payload }) => payload)).toEqual(['grüße', bytes]);
  expect(received[0]!.participant).toBe(call.participants[0]);
  expect(changes).toBe(0);
  await call.leave();
});

it('refuses what is not granted, not known to the server or too long without a request', async () => {
  const server = serverWith({});
  const call = await enterWithToken(server);
  await expect(call.sendData({ topic: 'pen', payload: 'x' })).rejects.toMatchObject({ code: 'permission.denied' });
  await expect(call.setMetadata({})).rejects.toMatchObject({ code: 'permission.denied' });
  server.send('grants', { ...server.grants, sendData: true, setMetadata: true });
  await expect(call.sendData({ topic: 'pen', payload: 'x'.repeat(8193) })).rejects.toMatchObject({
    code: 'request.invalid',
    message: 'payload: longer than 8192 bytes',
  });
  await expect(call.setMetadata({ a: 'x'.repeat(1024) })).rejects.toMatchObject({ code: 'request.invalid' });
  expect(server.log.filter((line) => /data|metadata/i.test(line))).toEqual([]);
  await call.leave();
});

it('shows metadata, and emits each change once, also one that a snapshot reveals', async () => {
  const server = serverWith({ setMetadata: true });
  server.change({ type: 'participant.joined', participant: { ...participant('ada'), metadata: { seat: 'A' } } });
  server.join('ben');
  server.overrides['participant.setMetadata'] = ({ metadata }) =>
    server.change({ type: 'participant.updated', participantId: 'me', metadata: metadata as Record<string, string> });
  const call = await enterWithToken(server);
  const [ada, ben] = call.participants;
  const updated: string[] = [];
  call.on('participant.updated', ({ name, metadata }) => updated.push(`${name} ${JSON.stringify(metadata)}`));
  call.on('local.updated', () => updated.push(`own ${JSON.stringify(call.local.metadata)}`));
  expect([ada!.metadata, ben!.metadata, call.local.metadata]).toEqual([{ seat: 'A' }, {}, {}]);
  expect(ben!.metadata).toBe(ben!.metadata);
  server.change({ type: 'participant.updated', participantId: 'ada', metadata: { seat: 'B' } });
  await call.setMetadata({ mood: 'good' });
  server.cut();
  server.change({ type: 'participant.updated', participantId: 'ben', metadata: { seat: 'C' } });
  await vi.advanceTimersByTimeAsync(2000);
  expect(call.connection).toBe('connected');
  expect(updated).toEqual(['ADA {"seat":"B"}', 'own {"mood":"good"}', 'BEN {"seat":"C"}']);
  await call.leave();
});
