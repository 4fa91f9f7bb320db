import { performance } from 'node:perf_hooks';
import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { joinAsGuest, newMeeting } from '../guest.js';
import { HttpClient } from '../http.js';
import { connectMedia, publishCamera, sendVideo, videoPacket } from '../media.js';
import { addressOf } from '../target.js';

/**
 * The server reports arrivals as transport-wide feedback. A report is longest when every status
 * needs two bits and every other status has the same arrival time as its predecessor.
 */
export const feedback: Attack = {
  name: 'feedback',
  what: 'A publisher numbers its packets backwards, half a millisecond apart, every fourteenth pair at one instant.',
  async run({ target, over }) {
    const address = addressOf(9);
    const http = new HttpClient(target.url, address);
    const meeting = await newMeeting(http);
    const guest = await joinAsGuest(target.url, meeting, { name: 'Backwards', address });
    const sending = await connectMedia(guest);
    await publishCamera(guest, sending, SSRC);
    const counts = { sent: 0, closed: 0 };
    guest.client.socket.on('transport.closed', () => {
      counts.closed += 1;
    });
    let number = 0;
    let next = performance.now();
    while (!over()) {
      // Timers are too coarse for half a millisecond: the loop spins for some packets, then lets
      // the socket be read.
      for (let n = 0; n < SPINS; n += 1) {
        while (performance.now() < next) {}
        sendVideo(sending, videoPacket(SSRC, counts.sent), number);
        number -= 1;
        counts.sent += 1;
        if (counts.sent % 14 !== 0) next += SPACING;
      }
      await pause(0);
      next = Math.max(next, performance.now());
    }
    sending.close();
    guest.client.socket.disconnect();
    http.close();
    return counts;
  },
};

const SSRC = 0xbad1;
const SPINS = 200;
/** Milliseconds. */
const SPACING = 0.5;
