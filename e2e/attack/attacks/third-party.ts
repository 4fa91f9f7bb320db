import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { openPair } from '../pair.js';
import { addressOf } from '../target.js';

/** An SFU that sends to any nominated address floods third parties. */
export const thirdParty: Attack = {
  name: 'third-party',
  what: 'A receiver nominates the address of a host that requested nothing, and keeps its own consent fresh.',
  async run({ target, over }) {
    const counts = { checks: 0, mediaAtThirdParty: 0 };
    const pair = await openPair(target.url, addressOf(12));
    const victim = createSocket('udp4').bind(0, '127.0.0.1');
    await once(victim, 'listening');
    victim.on('message', (bytes) => {
      // RFC 7983: 128 to 191 are RTP and RTCP.
      if (bytes[0]! >= 128 && bytes[0]! <= 191) counts.mediaAtThirdParty += 1;
    });
    const { port } = pair.receiving.transport.iceCandidates[0]!;
    while (!over()) {
      victim.send(pair.receiving.packets.checkWith({ useCandidate: true }), port, '127.0.0.1');
      counts.checks += 1;
      await pause(200);
    }
    victim.close();
    pair.close();
    return { published: pair.published(), ...counts };
  },
  bounds: [{ count: 'mediaAtThirdParty', atMost: 0 }],
};
