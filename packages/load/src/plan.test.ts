import { describe, expect, it } from 'vitest';
import { expectedStreams, participantsOf, rates, readPlan, summaryOf } from './plan.js';

const URL = 'https://meet.example.org';

function plan(...words: string[]) {
  const read = readPlan([URL, ...words]);
  if ('refusal' in read) throw new Error(read.refusal);
  return read;
}

function refusal(...words: string[]): string {
  const read = readPlan(words);
  return 'refusal' in read ? read.refusal : 'accepted';
}

describe('the command line of a load test', () => {
  it('has defaults for everything but the address', () => {
    expect(plan()).toMatchObject({
      url: URL,
      rooms: 1,
      publishers: 2,
      subscribers: 4,
      sound: true,
      layout: 'grid',
      joinRate: 5,
      minutes: 1,
      json: false,
    });
    expect(plan().videos).toHaveLength(3);
  });

  it('takes every option', () => {
    const words = '--rooms 2 --publishers 3 --subscribers 20 --video high --no-audio --join-rate 2.5 --minutes 0.5';
    const more = '--meeting --layout speaker --pid 7 --pid 8 --metrics http://localhost:9464/metrics --json';
    expect(plan(...words.split(' '), ...more.split(' '))).toMatchObject({
      ...{ rooms: 2, publishers: 3, subscribers: 20, sound: false, joinRate: 2.5, minutes: 0.5 },
      ...{ meeting: true, layout: 'speaker', pids: [7, 8], metrics: ['http://localhost:9464/metrics'], json: true },
    });
    expect(plan('--audio').sound).toBe(true);
  });

  it.each([
    [[], /address of the server is missing/],
    [['meet.example.org'], /has to begin with https/],
    [['ftp://meet.example.org'], /has to begin with https/],
    [[`${URL}/m/abc-defg-hjk`], /without a path: https:\/\/meet\.example\.org$/],
    [['https://ada:secret@meet.example.org'], /must not contain a password/],
    [[URL, URL], /There is one address/],
    [[URL, '--rooms', '0'], /--rooms has to be from 1/],
    [[URL, '--rooms', '1.5'], /--rooms has to be a whole number/],
    [[URL, '--minutes', ''], /--minutes has to be from/],
    [[URL, '--minutes', 'long'], /--minutes has to be from/],
    [[URL, '--video', 'medium'], /--video is one of simulcast, high, off/],
    [[URL, '--video', 'off', '--no-audio'], /publishers send nothing/],
    [[URL, '--publishers', '0', '--subscribers', '0'], /no participant/],
    [[URL, '--code', 'abc-defg-hjk', '--rooms', '2'], /--code is one room/],
    [[URL, '--code', 'weekly'], /--code is a meeting code/],
    [[URL, '--fly'], /fly/],
  ])('refuses %j', (words, reason) => {
    expect(refusal(...words)).toMatch(reason);
  });

  it.each([
    ['participants', ['--subscribers', '600', '--video', 'off']],
    ['joins', ['--join-rate', '50']],
    ['minutes', ['--minutes', '120']],
    ['bits', ['--publishers', '10', '--subscribers', '100', '--layout', 'full']],
  ])('refuses a large run by %s without --yes', (_, words) => {
    expect(refusal(URL, ...words)).toMatch(/^This run is large .*: add --yes/);
    expect(plan(...words, '--yes')).toBeDefined();
  });

  it('refuses more participants than one tester carries, also with --yes', () => {
    expect(refusal(URL, '--rooms', '100', '--subscribers', '100', '--yes')).toMatch(/start it on several machines/);
  });

  it('estimates what the server receives and sends', () => {
    const high = plan('--rooms', '2', '--publishers', '1', '--subscribers', '3', '--video', 'high', '--no-audio');
    expect(participantsOf(high)).toBe(8);
    const camera = 1_178 * 9 * 30 * 8;
    expect(rates(high)).toEqual({ up: 2 * camera, down: 6 * camera });
    // Four tiles of 640x360 take the middle size.
    const grid = plan('--publishers', '4', '--subscribers', '1', '--no-audio');
    expect(rates(grid).down).toBe(4 * 1_070 * 2 * 30 * 8);
    // A meeting of four: each receives three.
    const meeting = plan('--publishers', '4', '--subscribers', '0', '--meeting', '--video', 'off');
    expect(rates(meeting)).toEqual({ up: 4 * 48_000, down: 12 * 48_000 });
    expect(summaryOf(meeting).join('\n')).toMatch(/4 participants.*\n.*0\.2 Mbit\/s to the server, 0\.6 Mbit\/s from/);
  });

  it('expects the loudest eight sounds, and pictures as far as there are tiles', () => {
    const large = plan('--rooms', '2', '--publishers', '20', '--subscribers', '1', '--yes');
    expect(expectedStreams(large)).toEqual({ audio: 2 * 8, video: 2 * 16 });
    const full = plan('--publishers', '20', '--subscribers', '1', '--layout', 'full');
    expect(expectedStreams(full)).toEqual({ audio: 8, video: 20 });
    const meeting = plan('--publishers', '3', '--subscribers', '1', '--meeting', '--no-audio');
    expect(expectedStreams(meeting)).toEqual({ audio: 0, video: 3 + 3 * 2 });
  });
});
