import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { newMeeting } from '../guest.js';
import { HttpClient } from '../http.js';
import { addressOf } from '../target.js';

/** Requests that the server holds open until a moderator decides. */
export const polls: Attack = {
  name: 'polls',
  what: 'One address waits at a meeting of its own as more people than all polls that a server had before.',
  async run({ target, short, over }) {
    const most = short ? 300 : 2100;
    const http = new HttpClient(target.url, addressOf(6), most);
    const elsewhere = new HttpClient(target.url, addressOf(7));
    const counts = { waiting: 0, refused: 0, othersRefused: 0 };
    const { code } = await newMeeting(http, { waitingRoom: true });
    const other = await newMeeting(elsewhere, { waitingRoom: true });
    const wait = async (client: HttpClient, meeting: string) => {
      const joined = await client.ask(`/v1/meetings/${meeting}/join`, { method: 'POST', body: { name: 'Guest' } });
      const { admissionToken } = (joined.body ?? {}) as { admissionToken?: string };
      if (joined.status !== 202 || admissionToken === undefined) return joined.status;
      const { status } = await client.ask('/v1/admissions/current', { bearer: admissionToken });
      return status;
    };
    let begun = 0;
    while (!over() && begun < most) {
      for (let n = 0; n < AT_ONCE; n += 1) {
        begun += 1;
        counts.waiting += 1;
        const ended = (status: number) => {
          counts.waiting -= 1;
          if (status !== 200) counts.refused += 1;
        };
        wait(http, code).then(ended, () => ended(0));
      }
      await pause(100);
    }
    // A guest of another meeting still waits: its request is held open or answered, not refused.
    wait(elsewhere, other.code).then(
      (status) => {
        if (status !== 200) counts.othersRefused += 1;
      },
      () => {},
    );
    while (!over()) await pause(50);
    const result = { ...counts };
    http.close();
    elsewhere.close();
    return result;
  },
  bounds: [{ count: 'othersRefused', atMost: 0 }],
};

const AT_ONCE = 25;
