import { rtcp } from '@waterbus/packet-io/testing/packets';
import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { FULL_PICTURE } from '../media.js';
import { openPair } from '../pair.js';
import { addressOf } from '../target.js';

/** A NACK of 256 bytes names a thousand packets (RFC 4585 section 6.2.1). */
export const nacks: Attack = {
  name: 'nacks',
  what: 'A receiver asks twenty times in 10 ms, again and again, for the last thousand packets.',
  async run({ target, over }) {
    const counts = { requested: 0, received: 0 };
    let last = 0;
    let streamSsrc = 0;
    const pair = await openPair(target.url, addressOf(10), {
      picture: FULL_PICTURE,
      onRtp: (packet) => {
        counts.received += 1;
        if (packet.readUInt32BE(8) === streamSsrc) last = packet.readUInt16BE(2);
      },
    });
    streamSsrc = pair.parameters.encodings?.[0]?.ssrc ?? 0;
    while (!over()) {
      const report = rtcp(1, 8);
      const nack = Buffer.concat([report, nackOf(streamSsrc, last)]);
      for (let n = 0; n < AT_ONCE; n += 1) pair.receiving.packets.sendProtected(nack, true);
      counts.requested += AT_ONCE;
      await pause(100);
    }
    pair.close();
    const published = pair.published();
    const share = Math.round((100 * counts.received) / Math.max(1, published));
    return { published, ...counts, receivedForEachHundredPublished: share };
  },
  // All packets once, a quarter more for repair, and a burst of two seconds of that repair share.
  bounds: [{ count: 'receivedForEachHundredPublished', atMost: 150 }],
};

/** Generic NACK for the 1,037 packets up to `last`. */
function nackOf(mediaSsrc: number, last: number): Buffer {
  const packet = Buffer.alloc(12 + 4 * ENTRIES);
  packet[0] = 0x81;
  packet[1] = 205;
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
  packet.writeUInt32BE(1, 4);
  packet.writeUInt32BE(mediaSsrc, 8);
  for (let entry = 0; entry < ENTRIES; entry += 1) {
    packet.writeUInt16BE((last - 17 * (entry + 1) + 1) & 0xffff, 12 + 4 * entry);
    packet.writeUInt16BE(0xffff, 14 + 4 * entry);
  }
  return packet;
}

const ENTRIES = 61;
const AT_ONCE = 20;
