import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { joinAsGuest, newMeeting } from '../guest.js';
import { HttpClient } from '../http.js';
import { addressOf } from '../target.js';

/** Data for a socket without a reader waits in the server's memory. */
export const slowReaders: Attack = {
  name: 'slow-readers',
  what: 'Five people in a call stop reading their sockets and go on asking for the room.',
  async run({ target, over }) {
    const address = addressOf(4);
    const http = new HttpClient(target.url, address);
    const meeting = await newMeeting(http);
    const readers = await Promise.all(
      Array.from({ length: READERS }, (_, n) => joinAsGuest(target.url, meeting, { name: `Reader ${n}`, address })),
    );
    const counts = { requested: 0, cutOff: 0 };
    for (const { client } of readers) {
      client.socket.on('disconnect', (reason) => {
        if (reason !== 'io client disconnect') counts.cutOff += 1;
      });
      // Socket.IO's client has no option for it, so the underlying WebSocket stops reading.
      (client.socket.io.engine.transport as unknown as { ws: { pause(): void } }).ws.pause();
    }
    while (!over()) {
      for (const { client } of readers) {
        for (let n = 0; n < ASKED_AT_ONCE; n += 1) {
          client.socket.emit('capabilities', {}, () => {});
          counts.requested += 1;
        }
      }
      await pause(ASKED_AT_ONCE * 10);
    }
    for (const { client } of readers) client.socket.disconnect();
    http.close();
    return counts;
  },
};

const READERS = 5;
/** One socket may send a hundred requests a second. */
const ASKED_AT_ONCE = 10;
