import { pause } from '../../faults/until.js';
import type { Attack } from '../attack.js';
import { openSocket } from '../guest.js';
import { addressOf } from '../target.js';

/** Sockets that never join. */
export const sockets: Attack = {
  name: 'sockets',
  what: 'One address opens sockets without a token, half of them from a page of another origin.',
  async run({ target, short, over }) {
    const counts = { opened: 0, foreignOpened: 0, refused: 0 };
    const open: ReturnType<typeof openSocket>[] = [];
    const most = short ? 500 : 5000;
    while (!over() && open.length < most) {
      for (let n = 0; n < AT_ONCE; n += 1) {
        const foreign = open.length % 2 === 1;
        const headers: Record<string, string> = foreign ? { origin: 'https://attacker.example' } : {};
        const socket = openSocket(target.url, addressOf(5), headers);
        socket.on('connect', () => {
          counts[foreign ? 'foreignOpened' : 'opened'] += 1;
        });
        socket.on('connect_error', () => {
          counts.refused += 1;
        });
        open.push(socket);
      }
      await pause(50);
    }
    while (!over()) await pause(50);
    for (const socket of open) socket.disconnect();
    return counts;
  },
  bounds: [{ count: 'foreignOpened', atMost: 0 }],
};

const AT_ONCE = 25;
