import type { NamedLink } from '../path/messages.js';
import {
  type Aim,
  type Case,
  FLUID_AGAIN,
  FULL_AGAIN,
  HD,
  NEAR,
  PERFECT_SOUND,
  QUEUE,
  SEEN,
  SHORT_QUEUE,
  SMOOTH_SWITCHES,
  UTILISED,
} from './case.js';

/**
 * One person with a camera and a microphone, and a viewer; either the viewer's or the sender's line
 * is bad.
 */
export const ONE_SENDER: Case[] = [
  watching('unlimited', 'no limit', { down: {} }, [
    { figure: 'pictures', text: '≥ 25 pictures/s', atLeast: 25 },
    { figure: 'frozen', text: 'frozen ≤ 1 %', atMost: 0.01 },
    PERFECT_SOUND,
  ]),
  ...[1500, 600, 250].map((kilobits) =>
    watching(`down-${kilobits}`, `${kilobits} kbit/s down`, { down: { rate: kilobits * 1000, queue: QUEUE } }, [
      SEEN,
      UTILISED,
      SHORT_QUEUE,
      PERFECT_SOUND,
      SMOOTH_SWITCHES,
    ]),
  ),
  {
    ...watching(
      'steps',
      '3 → 0.6 → 3 Mbit/s down',
      {
        down: {
          rate: 3_000_000,
          queue: QUEUE,
          steps: [
            { at: 15_000, rate: 600_000 },
            { at: 35_000, rate: 3_000_000 },
          ],
        },
      },
      [FLUID_AGAIN, FULL_AGAIN, SHORT_QUEUE, PERFECT_SOUND, SMOOTH_SWITCHES],
    ),
    duration: 60,
    steps: [
      { at: 15, kind: 'drop' },
      { at: 35, kind: 'rise' },
    ],
  },
  watching('loss-5', '5 % loss both ways', { down: { loss: { share: 0.05 } }, up: { loss: { share: 0.05 } } }, [
    { figure: 'frozen', text: 'frozen ≤ 1 %', atMost: 0.01 },
    { figure: 'concealed', text: 'concealed ≤ 1 %', atMost: 0.01 },
    { figure: 'retransmitted', text: 'retransmitted ≤ 25 %', atMost: 0.25 },
  ]),
  watching('loss-20', '20 % loss both ways', { down: { loss: { share: 0.2 } }, up: { loss: { share: 0.2 } } }, [
    { figure: 'concealed', text: 'concealed ≤ 5 %', atMost: 0.05 },
    { figure: 'retransmitted', text: 'retransmitted ≤ 25 %', atMost: 0.25 },
  ]),
  watching(
    'loss-bursts',
    '5 % loss in bursts of 4',
    { down: { loss: { share: 0.05, burst: 4 } }, up: { loss: { share: 0.05, burst: 4 } } },
    [
      { figure: 'frozen', text: 'frozen ≤ 3 %', atMost: 0.03 },
      { figure: 'retransmitted', text: 'retransmitted ≤ 25 %', atMost: 0.25 },
    ],
  ),
  watching(
    'rtt-300',
    '300 ms round trip, 3 Mbit/s down',
    { down: { rate: 3_000_000, queue: QUEUE, delay: 150, jitter: 3 }, up: { delay: 150, jitter: 3 } },
    [SEEN, SHORT_QUEUE, PERFECT_SOUND, SMOOTH_SWITCHES],
  ),
  {
    name: 'up-loss-20',
    title: 'a sender with 20 % loss both ways',
    network: {
      links: {
        'Ada up': { delay: NEAR, loss: { share: 0.2 } },
        'Ada down': { delay: NEAR, loss: { share: 0.2 } },
      },
      people: { Ada: { up: ['Ada up'], down: ['Ada down'] }, Ben: { up: [], down: [] } },
    },
    people: [{ name: 'Ada', camera: HD, sound: true }, { name: 'Ben' }],
    viewers: ['Ben'],
    bottleneck: 'Ada up',
    sender: 'browser',
    duration: 35,
    aims: [{ figure: 'concealed', text: 'concealed ≤ 5 %', atMost: 0.05 }],
  },
  {
    name: 'up-500',
    title: 'a sender with 500 kbit/s up',
    network: {
      links: {
        'Ada up': { rate: 500_000, queue: QUEUE, delay: NEAR },
        'Ada down': { delay: NEAR },
      },
      people: { Ada: { up: ['Ada up'], down: ['Ada down'] }, Ben: { up: [], down: [] } },
    },
    people: [{ name: 'Ada', camera: HD, sound: true }, { name: 'Ben' }],
    viewers: ['Ben'],
    bottleneck: 'Ada up',
    sender: 'browser',
    duration: 40,
    aims: [SEEN, UTILISED, SHORT_QUEUE, PERFECT_SOUND],
  },
];

export function watching(
  name: string,
  title: string,
  { down, up = {} }: { down: NamedLink; up?: NamedLink },
  aims: Aim[],
): Case {
  return {
    name,
    title,
    network: {
      links: { 'Ben down': { delay: NEAR, ...down }, 'Ben up': { delay: NEAR, ...up } },
      people: { Ada: { up: [], down: [] }, Ben: { up: ['Ben up'], down: ['Ben down'] } },
    },
    people: [{ name: 'Ada', camera: HD, sound: true }, { name: 'Ben' }],
    viewers: ['Ben'],
    bottleneck: 'Ben down',
    sender: 'server',
    duration: 35,
    aims,
  };
}
