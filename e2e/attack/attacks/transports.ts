import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { joinAsGuest, newMeeting } from '../guest.js';
import { HttpClient } from '../http.js';
import { addressOf } from '../target.js';

/**
 * Each open transport takes memory and a session of the packet plane, and is one less for others.
 */
export const transports: Attack = {
  name: 'transports',
  what: 'One address brings guests into meetings of its own; each opens eight transports and connects none.',
  async run({ target, short, over }) {
    const address = addressOf(3);
    const http = new HttpClient(target.url, address);
    const counts = { guests: 0, opened: 0, refused: 0 };
    const guests = short ? 80 : 520;
    while (!over() && counts.guests + counts.refused < guests) {
      const meeting = await newMeeting(http).catch(() => undefined);
      if (!meeting) {
        counts.refused += 1;
        await pause(50);
        continue;
      }
      for (let n = 0; n < GUESTS_OF_ONE_MEETING && !over(); n += 1) {
        const guest = await joinAsGuest(target.url, { code: meeting.code }, { name: `Guest ${n}`, address }).catch(
          () => undefined,
        );
        if (!guest) {
          counts.refused += 1;
          continue;
        }
        counts.guests += 1;
        const replies = await Promise.all(
          Array.from({ length: TRANSPORTS }, () => guest.client.request('transport.open', { direction: 'send' })),
        ).catch(() => []);
        const opened = replies.filter(({ ok }) => ok).length;
        counts.opened += opened;
        counts.refused += TRANSPORTS - opened;
      }
    }
    http.close();
    return counts;
  },
};

const GUESTS_OF_ONE_MEETING = 40;
/** The limit of a participant. */
const TRANSPORTS = 8;
