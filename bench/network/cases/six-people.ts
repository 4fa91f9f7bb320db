import { type Case, NEAR, PERFECT_SOUND, QUEUE, SEEN, SHORT_QUEUE, SMOOTH_SWITCHES, UTILISED } from './case.js';

/**
 * Six people, one of them on 3 Mbit/s. The five others are five calls of one page: to the server,
 * each has its own peer connection, encoders and microphone. Their cameras are smaller and slower
 * than in the other cases, because two cores cannot run five encoders of 720p.
 */
export const SIX_PEOPLE: Case[] = [
  {
    name: 'six-people',
    title: 'six people, 3 Mbit/s down',
    network: {
      links: { 'Zoe down': { rate: 3_000_000, queue: QUEUE, delay: NEAR }, 'Zoe up': { delay: NEAR } },
      people: { Others: { up: [], down: [] }, Zoe: { up: ['Zoe up'], down: ['Zoe down'] } },
    },
    people: [
      ...['Ada', 'Ben', 'Cleo', 'Dan', 'Eve'].map((name) => ({
        name,
        context: 'Others',
        camera: { width: 640, height: 360, frameRate: 15 },
        sound: true,
      })),
      { name: 'Zoe', tile: { width: 640, height: 360 } },
    ],
    viewers: ['Zoe'],
    bottleneck: 'Zoe down',
    sender: 'server',
    duration: 45,
    aims: [SEEN, SHORT_QUEUE, UTILISED, PERFECT_SOUND, SMOOTH_SWITCHES],
  },
];
