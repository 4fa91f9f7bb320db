import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { signalling, useSignalling } from './system/each-test.js';
import type { Participant } from './system/signalling.js';

useSignalling();

test('five sockets that stop reading are cut off; memory is bounded, others get all, they can resume', async () => {
  const node = await signalling.node();
  const neighbour = await signalling.join(node, { name: 'neighbour' });
  const received = countMessages(neighbour);
  const stalled: Participant[] = [];
  for (let n = 0; n < 5; n += 1) stalled.push(await signalling.join(node, { name: `stalled ${n}` }));
  for (const who of stalled) stopReading(who);
  const before = collectedHeap();
  let sent = 0;
  let most = 0;
  while (sent < MESSAGES) {
    for (let n = 0; n < 100; n += 1) {
      sent += 1;
      await signalling.publishMeetingEvent(message(sent));
    }
    await neighbour.until(() => received() === sent);
    if (sent % 2000 === 0) most = Math.max(most, collectedHeap() - before);
  }
  const growth = Math.max(most, collectedHeap() - before);
  console.log(`${sent} messages of ${TEXT.length} bytes, ${Math.round(growth / 2 ** 20)} MiB more`);
  // Each was sent 40 MB; the kernel and the backlog together hold less than a fifth of it.
  expect(growth).toBeLessThan(64 * 2 ** 20);
  expect(node.errors.filter((line) => line.includes('socketsCut'))).not.toEqual([]);
  for (const who of stalled) {
    const again = await signalling.resume(node, who);
    expect(again.id).toBe(who.id);
  }
  expect((await neighbour.client.ok('sync', {})).room.participants).toHaveLength(6);
}, 120_000);

function message(n: number) {
  return {
    type: 'message.created',
    message: {
      id: `00000000-0000-4000-8000-${n.toString().padStart(12, '0')}`,
      seq: n,
      clientId: 'x',
      author: { participantId: null, userId: null, name: 'Ada', avatarUrl: null },
      text: TEXT,
      createdAt: '2026-01-01T00:00:00.000Z',
      editedAt: null,
      deletedAt: null,
    },
  };
}

/** Counts messages instead of keeping them. */
function countMessages({ client }: Participant): () => number {
  let count = 0;
  client.socket.offAny();
  client.socket.on('meeting', () => {
    count += 1;
    (client as unknown as { wake(): void }).wake();
  });
  return () => count;
}

/** The socket's bytes stay in the kernel. */
function stopReading({ client }: Participant): void {
  tcpOf(client).pause();
}

function tcpOf(client: Participant['client']): { pause(): void } {
  const transport = client.socket.io.engine.transport as unknown as {
    ws: { _socket: { pause(): void } };
  };
  return transport.ws._socket;
}

function collectedHeap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const TEXT = 'x'.repeat(4000);
const MESSAGES = 10_000;
