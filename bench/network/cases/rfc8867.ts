import type { NamedLink } from '../path/messages.js';
import type { TcpSpec } from '../path/tcp-flow.js';
import {
  type Aim,
  type Case,
  FLUID_AGAIN,
  HD,
  PERFECT_SOUND,
  QUEUE,
  SEEN,
  SHORT_QUEUE,
  SMOOTH_SWITCHES,
  UTILISED,
} from './case.js';

// The cases of RFC 8867, applied to an SFU. A flow is the server's stream to one receiver, so a
// receiver takes the place of each sender of the RFC. Rates, times, queue and delays are the RFC's,
// with these differences: three receivers stand for five in 5.5 and two for three in 5.8, 5.6 and
// 5.7 take half of their time, and TCP there is a model (`path/tcp-flow.ts`). Not included: 6.1, as
// one transport carries all flows with priorities; 6.2, explicit congestion notification, which
// browsers do not offer; 6.3, several bottlenecks.

/** RFC 8867 section 4: one way, milliseconds. */
const DELAY = 50;

const VARIABLE = [SHORT_QUEUE, UTILISED, PERFECT_SOUND, FLUID_AGAIN, SMOOTH_SWITCHES];

const FAIR: Aim = { figure: 'unfairness', text: 'largest share ≤ 2 × the least', atMost: 2 };

export const RFC_8867: Case[] = [
  {
    ...shared(
      'rfc8867-5.1',
      'RFC 8867 5.1: variable capacity, one flow',
      rates(1_000_000, [0, 1], [40, 2.5], [60, 0.6], [80, 1]),
      1,
    ),
    duration: 100,
    steps: [{ at: 60, kind: 'drop' }],
    aims: VARIABLE,
  },
  {
    ...shared(
      'rfc8867-5.2',
      'RFC 8867 5.2: variable capacity, two flows',
      rates(2_000_000, [0, 2], [25, 1], [50, 1.75], [75, 0.5], [100, 1]),
      2,
    ),
    duration: 125,
    steps: [
      { at: 25, kind: 'drop' },
      { at: 75, kind: 'drop' },
    ],
    aims: [...VARIABLE, FAIR],
  },
  {
    name: 'rfc8867-5.3',
    title: 'RFC 8867 5.3: congested feedback, media both ways',
    network: {
      links: {
        'Ben down': rates(1_000_000, [0, 2], [20, 1], [40, 0.5], [60, 2]),
        'Ben up': rates(1_000_000, [0, 2], [35, 0.8], [70, 2]),
      },
      people: { Ada: { up: [], down: [] }, Ben: { up: ['Ben up'], down: ['Ben down'] } },
    },
    people: [
      { name: 'Ada', camera: HD, sound: true, sees: true },
      { name: 'Ben', camera: HD, sound: true },
    ],
    viewers: ['Ben'],
    bottleneck: 'Ben down',
    sender: 'server',
    duration: 100,
    steps: [
      { at: 20, kind: 'drop' },
      { at: 40, kind: 'drop' },
    ],
    aims: VARIABLE,
  },
  {
    ...shared(
      'rfc8867-5.4',
      'RFC 8867 5.4: competing flows',
      { rate: 3_500_000, queue: QUEUE, delay: DELAY },
      3,
      [0, 20, 40],
    ),
    duration: 120,
    aims: [SHORT_QUEUE, UTILISED, FAIR, SEEN],
  },
  {
    ...shared(
      'rfc8867-5.5',
      'RFC 8867 5.5: round trips of 20, 100 and 300 ms',
      { rate: 3_500_000, queue: QUEUE },
      3,
      [0, 10, 20],
      [10, 50, 150],
    ),
    duration: 120,
    aims: [SHORT_QUEUE, UTILISED, FAIR, SEEN],
  },
  besideTcp('rfc8867-5.6', 'RFC 8867 5.6: beside a long TCP flow', [{}]),
  besideTcp(
    'rfc8867-5.7',
    'RFC 8867 5.7: beside ten short TCP flows',
    Array.from({ length: 10 }, () => ({ transfers: { least: 30_000, most: 100_000, pause: 10_000 } })),
  ),
  {
    ...shared('rfc8867-5.8', 'RFC 8867 5.8: pause and resume', { rate: 3_500_000, queue: QUEUE, delay: DELAY }, 2),
    duration: 60,
    pauses: [
      { who: 'Ada', at: 20, paused: true },
      { who: 'Ada', at: 35, paused: false },
    ],
    aims: [SHORT_QUEUE, PERFECT_SOUND, FAIR],
  },
];

/**
 * Several people behind one bottleneck watch Ada; `froms`: their join times, `delays`: those of
 * their own lines.
 */
function shared(
  name: string,
  title: string,
  bottleneck: NamedLink,
  viewers: number,
  froms: number[] = [],
  delays: number[] = [],
): Omit<Case, 'duration' | 'aims'> {
  const names = ['Ben', 'Cleo', 'Dan'].slice(0, viewers);
  const links: Record<string, NamedLink> = { bottleneck };
  const people: Case['network']['people'] = { Ada: { up: [], down: [] } };
  for (const [index, viewer] of names.entries()) {
    links[`${viewer} down`] = { delay: delays[index] ?? 0 };
    links[`${viewer} up`] = { delay: delays[index] ?? DELAY };
    people[viewer] = { up: [`${viewer} up`], down: ['bottleneck', `${viewer} down`] };
  }
  return {
    name,
    title,
    network: { links, people },
    people: [
      { name: 'Ada', camera: HD, sound: true },
      ...names.map((viewer, index) => ({ name: viewer, ...(froms[index] && { from: froms[index] }) })),
    ],
    viewers: names,
    bottleneck: 'bottleneck',
    sender: 'server',
  };
}

function besideTcp(name: string, title: string, flows: Pick<TcpSpec, 'transfers'>[]): Case {
  const one = shared(name, title, { rate: 2_000_000, queue: QUEUE, delay: DELAY }, 1);
  const tcp = flows.map((flow) => ({ route: ['bottleneck'], back: DELAY, from: 0, to: 60_000, ...flow }));
  return { ...one, network: { ...one.network, tcp }, duration: 60, aims: [SEEN, PERFECT_SOUND] };
}

function rates(reference: number, ...steps: [at: number, ratio: number][]): NamedLink {
  const [first, ...later] = steps.map(([at, ratio]) => ({ at: at * 1000, rate: ratio * reference }));
  return { rate: first!.rate, steps: later, queue: QUEUE, delay: DELAY };
}
