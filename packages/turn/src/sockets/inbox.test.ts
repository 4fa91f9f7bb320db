import { createSocket } from 'node:dgram';
import { expect, it, vi } from 'vitest';
import { Inbox, Outbox } from './inbox.js';

it.each(['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1'])(
  'takes datagrams of %s as they arrived, and none without its key',
  async (address) => {
    const taken: unknown[] = [];
    const inbox = new Inbox((bytes, from) => taken.push([bytes.toString(), from]));
    const to = await inbox.open();
    const stranger = createSocket('udp4');
    for (const forged of ['', 'short', Buffer.alloc(64)]) {
      await new Promise((resolve) => stranger.send(forged, to.port, '127.0.0.1', resolve));
    }
    const outbox = new Outbox(to);
    outbox.send(Buffer.from('one'), { address, port: 40_000 });
    await vi.waitFor(() => expect(taken.length).toBeGreaterThan(0));
    expect(taken).toEqual([['one', { address, port: 40_000 }]]);
    stranger.close();
    outbox.close();
    inbox.close();
  },
);
