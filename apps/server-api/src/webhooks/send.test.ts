import { once } from 'node:events';
import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { afterEach, expect, it } from 'vitest';
import { LONGEST_ATTEMPT, send } from './send.js';

const closings: (() => void)[] = [];
afterEach(() => {
  for (const close of closings.splice(0)) close();
});

/** A TCP server that answers with these bytes, or not at all. */
async function listening(bytes?: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    closings.push(() => socket.destroy());
    if (bytes !== undefined) socket.end(bytes);
  }).listen(0, '127.0.0.1');
  closings.push(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const clock = new VirtualClock();
const attempt = (url: string, lookup?: LookupFunction) => ({
  url,
  secret: `whsec_${Buffer.alloc(32).toString('base64')}`,
  event: { id: 'x', type: 'meeting.ended' as const, timestamp: '', data: {} },
  clock,
  signal: new AbortController().signal,
  ...(lookup && { lookup }),
});

it('an answer is a status, whatever it is', async () => {
  const port = await listening('HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n');
  expect(await send(attempt(`http://127.0.0.1:${port}/`))).toEqual({ status: 503, failure: null });
});

it('names the reason why there is none', async () => {
  const closed = await listening();
  for (const close of closings.splice(0)) close();
  expect(await send(attempt(`http://127.0.0.1:${closed}/`))).toEqual({ status: null, failure: 'unreachable' });
  const noTls = await listening('HTTP/1.1 200 OK\r\n\r\n');
  expect(await send(attempt(`https://127.0.0.1:${noTls}/`))).toEqual({ status: null, failure: 'certificate' });
  const unknown: LookupFunction = (_host, _options, done) =>
    done(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), '', 0);
  expect(await send(attempt('http://nowhere.example/', unknown))).toEqual({ status: null, failure: 'name' });
  const silent = send(attempt(`http://127.0.0.1:${await listening()}/`));
  await clock.advance(LONGEST_ATTEMPT);
  expect(await silent).toEqual({ status: null, failure: 'timeout' });
});
