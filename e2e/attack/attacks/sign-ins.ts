import type { Attack } from '../attack.js';
import { HttpClient } from '../http.js';
import { addressOf } from '../target.js';

/** Each password check takes some 50 ms of a core, by design. */
export const signIns: Attack = {
  name: 'sign-ins',
  what: 'One address tries a password at each of many accounts, 64 at a time.',
  async run({ target, over }) {
    const http = new HttpClient(target.url, addressOf(2));
    const counts = { tried: 0, checked: 0, refused: 0 };
    const tryOne = async () => {
      while (!over() && counts.tried < MOST) {
        counts.tried += 1;
        const { status } = await http.ask('/v1/sessions', {
          method: 'POST',
          body: { email: `account-${counts.tried}@example.org`, password: 'correct horse battery staple' },
        });
        if (status === 401) counts.checked += 1;
        else counts.refused += 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, tryOne));
    http.close();
    return counts;
  },
};

const AT_ONCE = 64;
const MOST = 5000;
