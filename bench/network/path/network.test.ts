import { expect, it } from 'vitest';
import { Network } from './network.js';

/** An RTP packet of `size` bytes, with its stream. */
function rtp(ssrc: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes[0] = 0x80;
  bytes[1] = 96;
  new DataView(bytes.buffer).setUint32(8, ssrc);
  return bytes;
}

/** With 28 bytes of headers, 1,250 on the line: 10 ms at 1 Mbit/s. */
const SIZE = 1222;

it('sends packets through all links of a person, in order, each with its own time', () => {
  const network = new Network({
    seed: 1,
    links: { access: { rate: 1_000_000, delay: 20 }, shared: { rate: 500_000, delay: 5 } },
    people: { ada: { up: [], down: ['access', 'shared'] } },
  });
  const arrivals: number[] = [];
  let now = 0;
  for (let index = 0; index < 3; index += 1) {
    network.send('ada', 'down', rtp(1, SIZE), 0, () => arrivals.push(now));
  }
  while (network.nextEvent < Number.POSITIVE_INFINITY) {
    now = network.nextEvent;
    network.advance(now);
  }
  expect(arrivals).toEqual([55, 75, 95]);
});

it('delivers at once without links', () => {
  const network = new Network({ seed: 1, links: {}, people: { ada: { up: [], down: [] } } });
  const arrived: number[] = [];
  network.send('ada', 'up', rtp(1, 100), 7, (bytes) => arrived.push(bytes.length));
  expect(arrived).toEqual([100]);
});

it('shares the rate of one link among people', () => {
  const network = new Network({
    seed: 1,
    links: { office: { rate: 1_000_000 } },
    people: { ada: { up: [], down: ['office'] }, ben: { up: [], down: ['office'] } },
  });
  const arrived: string[] = [];
  for (const person of ['ada', 'ben', 'ada']) {
    network.send(person, 'down', rtp(1, SIZE), 0, () => arrived.push(person));
  }
  network.advance(20);
  expect(arrived).toEqual(['ada', 'ben']);
  network.advance(30);
  expect(arrived).toEqual(['ada', 'ben', 'ada']);
});

it('reports bytes in bins and by stream, and the waiting times', () => {
  const network = new Network({
    seed: 1,
    links: { down: { rate: 1_000_000, queue: 25 } },
    people: { ada: { up: [], down: ['down'] } },
  });
  for (let index = 0; index < 5; index += 1) network.send('ada', 'down', rtp(7, SIZE), 1000, () => {});
  const feedback = new Uint8Array(40);
  feedback.set([0x8f, 205]);
  network.send('ada', 'down', feedback, 1150, () => {});
  network.advance(2000);
  const { bins, waits, streams } = network.report().down!;
  expect(bins).toEqual([
    { at: 1000, offered: 6250, dropped: 3750, lost: 0, forwarded: 2500, rate: 1_000_000 },
    { at: 1100, offered: 68, dropped: 0, lost: 0, forwarded: 68, rate: 1_000_000 },
  ]);
  expect(waits.waited).toEqual([0, 10, 0]);
  expect(streams).toEqual({ 7: { offered: 5 * SIZE, delivered: 2 * SIZE } });
});

it('cuts one direction off and restores it', () => {
  const network = new Network({
    seed: 1,
    links: { up: {}, down: {} },
    people: { ada: { up: ['up'], down: ['down'] } },
  });
  const arrived: string[] = [];
  const send = (now: number) => {
    for (const direction of ['up', 'down'] as const) {
      network.send('ada', direction, rtp(1, 100), now, () => arrived.push(`${direction} ${now}`));
    }
  };
  network.change('up', { loss: { share: 1 } }, 5);
  send(10);
  network.change('up', { loss: { share: 0 } }, 15);
  network.change('down', { loss: { share: 1 } }, 15);
  send(20);
  expect(arrived).toEqual(['down 10', 'up 20']);
});
