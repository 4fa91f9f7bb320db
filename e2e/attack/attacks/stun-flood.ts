import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { bindingRequest } from '@waterbus/media/testing/stun-client';
import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { joinAsGuest, newMeeting } from '../guest.js';
import { HttpClient } from '../http.js';
import { addressOf } from '../target.js';

/** Each check may cost a signature, and each answer a datagram. */
export const stunFlood: Attack = {
  name: 'stun-flood',
  what: 'Strangers send checks without credentials, with wrong ones, and garbage, from twenty addresses.',
  async run({ target, over }) {
    const address = addressOf(13);
    const http = new HttpClient(target.url, address);
    const guest = await joinAsGuest(target.url, await newMeeting(http), { name: 'Guest', address });
    const { transport } = await guest.client.ok('transport.open', { direction: 'send' });
    const { port } = transport.iceCandidates[0]!;
    const { usernameFragment } = transport.iceParameters;
    const datagrams = [
      bindingRequest({}),
      bindingRequest({ username: 'nobody:x', password: 'wrong' }),
      bindingRequest({ username: `${usernameFragment}:x`, password: 'wrong' }),
      Buffer.alloc(1200, 22),
      Buffer.alloc(600, 0x80),
    ];
    const senders = Array.from({ length: SENDERS }, (_, n) => createSocket('udp4').bind(0, addressOf(20 + n)));
    await Promise.all(senders.map((sender) => once(sender, 'listening')));
    const counts = { sent: 0, answered: 0 };
    for (const sender of senders) {
      sender.on('message', () => {
        counts.answered += 1;
      });
      sender.on('error', () => {});
    }
    while (!over()) {
      for (let n = 0; n < BURST; n += 1) {
        const sender = senders[counts.sent % SENDERS]!;
        sender.send(datagrams[counts.sent % datagrams.length]!, port, '127.0.0.1', () => {});
        counts.sent += 1;
      }
      await pause(BURST_INTERVAL);
    }
    for (const sender of senders) sender.close();
    guest.client.socket.disconnect();
    http.close();
    return counts;
  },
};

const SENDERS = 20;
/** 10,000 a second: the limit of one such sender beside the server on the same cores. */
const BURST = 100;
/** Milliseconds. */
const BURST_INTERVAL = 10;
