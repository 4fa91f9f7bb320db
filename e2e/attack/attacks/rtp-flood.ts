import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { joinAsGuest, newMeeting } from '../guest.js';
import { HttpClient } from '../http.js';
import { connectMedia, FULL_PICTURE, publishCamera, sendVideo, videoPacket } from '../media.js';
import { addressOf } from '../target.js';

/** The attacker has valid keys, so that the server decrypts each of its packets. */
export const rtpFlood: Attack = {
  name: 'rtp-flood',
  what: 'A publisher sends 20,000 packets a second of 1,200 bytes.',
  async run({ target, over }) {
    const address = addressOf(14);
    const http = new HttpClient(target.url, address);
    const guest = await joinAsGuest(target.url, await newMeeting(http), { name: 'Flood', address });
    const sending = await connectMedia(guest);
    await publishCamera(guest, sending, SSRC);
    const counts = { sent: 0, closed: 0 };
    guest.client.socket.on('transport.closed', () => {
      counts.closed += 1;
    });
    while (!over()) {
      for (let n = 0; n < BURST; n += 1) {
        sendVideo(sending, videoPacket(SSRC, counts.sent, FULL_PICTURE), counts.sent);
        counts.sent += 1;
      }
      await pause(BURST_INTERVAL);
    }
    sending.close();
    guest.client.socket.disconnect();
    http.close();
    return counts;
  },
};

const SSRC = 0xbad4;
const BURST = 200;
/** Milliseconds. */
const BURST_INTERVAL = 10;
