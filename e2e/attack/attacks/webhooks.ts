import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { HttpClient } from '../http.js';
import { addressOf } from '../target.js';

/** Endpoints that accept a connection and never answer delay the sender until its timeout. */
export const webhooks: Attack = {
  name: 'webhooks',
  what: 'Two owners with forty endpoints that never answer make meetings; another owner waits for her own events.',
  async run({ target, over }) {
    const [other = '', ...hostile] = target.apiKeys;
    const http = new HttpClient(target.url, addressOf(8));
    const silent = createTcpServer(() => {}).listen(0, '127.0.0.1');
    const counts = { made: 0, othersMade: 0, othersDelivered: 0, othersSlowest: 0 };
    const madeAt = new Map<string, number>();
    const receiver = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        response.writeHead(204).end();
        const { data } = JSON.parse(Buffer.concat(parts).toString()) as { data: { meeting?: { title: string } } };
        const at = madeAt.get(data.meeting?.title ?? '');
        if (at === undefined) return;
        madeAt.delete(data.meeting?.title ?? '');
        counts.othersDelivered += 1;
        counts.othersSlowest = Math.max(counts.othersSlowest, Math.round(performance.now() - at));
      });
    }).listen(0, '127.0.0.1');
    await Promise.all([once(silent, 'listening'), once(receiver, 'listening')]);
    const urlOf = (server: { address(): unknown }) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const register = async (bearer: string, url: string) => {
      const { status, body } = await http.ask('/v1/webhooks', { method: 'POST', bearer, body: { url } });
      if (status !== 201) throw new Error(`registering a webhook: ${status} ${JSON.stringify(body)}`);
    };
    for (const owner of hostile) {
      for (let n = 0; n < ENDPOINTS; n += 1) await register(owner, `${urlOf(silent)}${n}`);
    }
    await register(other, urlOf(receiver));
    const make = (bearer: string, title: string) =>
      http.ask('/v1/meetings', { method: 'POST', bearer, body: { title } });
    while (!over()) {
      await Promise.all(
        hostile.map(async (owner) => {
          if ((await make(owner, 'Weekly')).status === 201) counts.made += 1;
        }),
      );
      const title = `Other ${counts.othersMade}`;
      madeAt.set(title, performance.now());
      if ((await make(other, title)).status === 201) counts.othersMade += 1;
      await pause(250);
    }
    // Deliveries begin within a second of the event.
    for (let looks = 0; looks < 100 && counts.othersDelivered < counts.othersMade; looks += 1) await pause(100);
    http.close();
    receiver.close();
    receiver.closeAllConnections();
    silent.close();
    return { ...counts, othersMissing: counts.othersMade - counts.othersDelivered };
  },
  bounds: [{ count: 'othersMissing', atMost: 0 }],
};

/** The server's limit for one owner. */
const ENDPOINTS = 20;
