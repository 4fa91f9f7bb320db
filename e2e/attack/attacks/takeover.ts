import { bindingRequest } from '@waterbus/media/testing/stun-client';
import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { joinAsGuest, newMeeting } from '../guest.js';
import { HttpClient } from '../http.js';
import { addressOf } from '../target.js';

/** The loss of the neighbours, a criterion of every attack, shows whether the address was taken. */
export const takeover: Attack = {
  name: 'takeover',
  what: "A spoofing attacker sends checks with its own credentials from a neighbour's address, and unsigned DTLS alerts.",
  async run({ target, over, spoof }) {
    const address = addressOf(11);
    const http = new HttpClient(target.url, address);
    const guest = await joinAsGuest(target.url, await newMeeting(http), { name: 'Spoofer', address });
    const counts = { checks: 0, alerts: 0 };
    const { transport } = await guest.client.ok('transport.open', { direction: 'send' });
    const { usernameFragment, password } = transport.iceParameters;
    while (!over()) {
      spoof(bindingRequest({ username: `${usernameFragment}:x`, password, useCandidate: counts.checks % 2 === 0 }));
      counts.checks += 1;
      spoof(FATAL_ALERT);
      counts.alerts += 1;
      await pause(50);
    }
    guest.client.socket.disconnect();
    http.close();
    return counts;
  },
};

/** RFC 6347: a plaintext record of epoch 0 with a fatal `handshake_failure`. */
const FATAL_ALERT = Buffer.from('15fefd00000000000000ff00020228', 'hex');
