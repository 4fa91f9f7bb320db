import { parseArgs } from 'node:util';
import { meetingCodeSchema } from '@waterbus/protocol';
import { type Layout, layouts, MOST_TILES, tileOf } from './participants/layout.js';
import { SOUND_PACKET_BYTES, SOUND_PACKETS_PER_SECOND } from './streams/sound-stream.js';
import type { Video } from './streams/video-stream.js';
import { ONE_SIZE, THREE_SIZES } from './streams/videos.js';

/** What a run does. */
export interface Plan {
  /** Origin of the server. */
  url: string;
  /** Of an existing meeting; undefined: the run creates its rooms, and archives them. */
  code: string | undefined;
  apiKeyFile: string | undefined;
  rooms: number;
  /** Of each room. */
  publishers: number;
  subscribers: number;
  /** Publishers receive the others, too. */
  meeting: boolean;
  /** The encodings of a camera; empty: none. */
  videos: readonly Video[];
  sound: boolean;
  layout: Layout;
  /** Joins a second, in all. */
  joinRate: number;
  /** After the last join. */
  minutes: number;
  json: boolean;
  /** Process ids and addresses of metrics whose CPU is read. */
  pids: number[];
  metrics: string[];
}

export const USAGE = `Usage: waterbus load URL [options]

Fills rooms of a running server with participants that send and receive real media, and prints what
they got. URL is the address of the page, such as https://meet.example.org.

  --api-key-file FILE  an API key (wbk_…): creates the rooms with it and admits everybody by join
                       tokens. Without it the rooms are created and joined without an account
  --code CODE          uses this meeting (one room) instead of creating rooms
  --rooms N            rooms (1)
  --publishers N       participants of each room that send (2)
  --subscribers N      participants of each room that only receive (4)
  --meeting            publishers receive each other, too
  --video KIND         simulcast: a camera in three sizes; high: one size, 2.5 Mbit/s; off (simulcast)
  --no-audio           publishers send no sound
  --layout KIND        how pictures are shown: grid or speaker, as the page does in a window of
                       1280x720, or full: each at its largest size (grid)
  --join-rate N        joins a second, in all rooms together (5)
  --minutes N          how long the calls last when everybody has joined (1)
  --pid PID            also prints the CPU of this process and its children (on this machine);
                       several times for several
  --metrics URL        also prints the CPU that a Prometheus endpoint reports
                       (process_cpu_seconds_total and others with cpu_seconds_total); several times
  --json               prints the figures as JSON on standard output
  --yes                permits a run that is large: more than 500 participants, 20 joins a second,
                       60 minutes or about 1 Gbit/s

Ctrl-C ends the run early, with the figures so far. Exit codes: 0, 1 if a participant failed or lost
its connection, 2 for a wrong command line.`;

/** The plan, or the reason of a refusal. */
export function readPlan(words: string[]): Plan | { refusal: string } {
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      allowNegative: true,
      options: {
        'api-key-file': { type: 'string' },
        code: { type: 'string' },
        rooms: { type: 'string', default: '1' },
        publishers: { type: 'string', default: '2' },
        subscribers: { type: 'string', default: '4' },
        meeting: { type: 'boolean', default: false },
        video: { type: 'string', default: 'simulcast' },
        audio: { type: 'boolean', default: true },
        layout: { type: 'string', default: 'grid' },
        'join-rate': { type: 'string', default: '5' },
        minutes: { type: 'string', default: '1' },
        pid: { type: 'string', multiple: true, default: [] },
        metrics: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        yes: { type: 'boolean', default: false },
      },
    });
    const { code, meeting, audio, video, layout, json, yes } = values;
    const plan: Plan = {
      url: addressOf(positionals),
      code,
      apiKeyFile: values['api-key-file'],
      rooms: whole('--rooms', values.rooms, 1, 1_000),
      publishers: whole('--publishers', values.publishers, 0, 500),
      subscribers: whole('--subscribers', values.subscribers, 0, MOST_PARTICIPANTS),
      meeting,
      videos: videosOf(video),
      sound: audio,
      layout: oneOf('--layout', layout, layouts),
      joinRate: number('--join-rate', values['join-rate'], 0.1, 200),
      minutes: number('--minutes', values.minutes, 0.01, 24 * 60),
      json,
      pids: values.pid.map((pid) => whole('--pid', pid, 1, 2 ** 22)),
      metrics: values.metrics.map((url) => httpAddress('--metrics', url).href),
    };
    refuseAccidents(plan, yes);
    return plan;
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

/** A run, before it starts. */
export function summaryOf(plan: Plan): string[] {
  const { url, code, rooms, publishers, subscribers, meeting, videos, sound, joinRate, minutes } = plan;
  const { up, down } = rates(plan);
  const sent = [
    sound && 'sound',
    videos.length > 0 && `pictures in ${videos.length} size${videos.length > 1 ? 's' : ''}`,
  ];
  return [
    `${url}: ${code ? `meeting ${code}` : `${rooms} new room${rooms > 1 ? 's' : ''}`}, each with ` +
      `${publishers} publishers${meeting ? ' that also receive' : ''} and ${subscribers} subscribers; ` +
      `${participantsOf(plan)} participants, ${joinRate} joins a second, then ${minutes} min`,
    `publishers send ${sent.filter(Boolean).join(' and ') || 'nothing'}: about ${megabits(up)} Mbit/s to the server, ` +
      `${megabits(down)} Mbit/s from it`,
  ];
}

export function participantsOf({ rooms, publishers, subscribers }: Plan): number {
  return rooms * (publishers + subscribers);
}

/** The streams that receivers should get in all; a server forwards only the loudest sounds. */
export function expectedStreams({ rooms, publishers, subscribers, meeting, videos, sound, layout }: Plan): {
  audio: number;
  video: number;
} {
  const everybody = (most: number) =>
    rooms * (subscribers * Math.min(publishers, most) + (meeting ? publishers * Math.min(publishers - 1, most) : 0));
  return {
    audio: sound ? everybody(LOUDEST) : 0,
    video: videos.length > 0 ? everybody(layout === 'full' ? Number.POSITIVE_INFINITY : MOST_TILES) : 0,
  };
}

/** About, in bits a second: all that the server receives and sends. */
export function rates({ rooms, publishers, subscribers, meeting, videos, sound, layout }: Plan): {
  up: number;
  down: number;
} {
  const ofSound = sound ? SOUND_PACKETS_PER_SECOND * SOUND_PACKET_BYTES * 8 : 0;
  const ofVideo = videos.map((video) => video.packetBytes * video.packetsPerFrame * video.framesPerSecond * 8);
  const up = rooms * publishers * (ofSound + ofVideo.reduce((sum, rate) => sum + rate, 0));
  const received = (count: number) => {
    let sum = Math.min(count, LOUDEST) * ofSound;
    for (let picture = 0; picture < count && videos.length > 0; picture += 1) {
      const tile = tileOf(layout, picture, count);
      if (!tile.visible) continue;
      const fitting = videos.findIndex(({ width }) => width >= tile.width);
      sum += ofVideo[fitting === -1 ? videos.length - 1 : fitting]!;
    }
    return sum;
  };
  const ofPublishers = meeting ? publishers * received(publishers - 1) : 0;
  return { up, down: rooms * (subscribers * received(publishers) + ofPublishers) };
}

function refuseAccidents(plan: Plan, yes: boolean): void {
  const participants = participantsOf(plan);
  if (participants === 0) throw new Error('The run has no participant.');
  if (participants > MOST_PARTICIPANTS) {
    throw new Error(
      `${participants} participants are more than the ${MOST_PARTICIPANTS} of one tester; start it on several machines.`,
    );
  }
  if (plan.publishers > 0 && !plan.sound && plan.videos.length === 0) {
    throw new Error('With --no-audio and --video off, publishers send nothing.');
  }
  if (plan.code !== undefined && plan.rooms > 1) throw new Error('--code is one room: leave out --rooms.');
  if (plan.code !== undefined && !meetingCodeSchema.safeParse(plan.code).success) {
    throw new Error(`--code is a meeting code, such as abc-defg-hjk, not "${plan.code}".`);
  }
  const { up, down } = rates(plan);
  const large = [
    participants > ASK_PARTICIPANTS && `${participants} participants`,
    plan.joinRate > ASK_JOIN_RATE && `${plan.joinRate} joins a second`,
    plan.minutes > ASK_MINUTES && `${plan.minutes} minutes`,
    up + down > ASK_RATE && `about ${megabits(up + down)} Mbit/s`,
  ].filter(Boolean);
  if (large.length > 0 && !yes) throw new Error(`This run is large (${large.join(', ')}): add --yes if you mean it.`);
}

function addressOf(positionals: string[]): string {
  const [text, ...more] = positionals;
  if (text === undefined) throw new Error('The address of the server is missing, such as https://meet.example.org.');
  if (more.length > 0) throw new Error(`There is one address; "${more[0]}" is too much.`);
  const url = httpAddress('The address', text);
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new Error(`The address is that of the server, without a path: ${url.origin}`);
  }
  return url.origin;
}

function httpAddress(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new Error(`${name} has to begin with https:// or http://, not "${text}".`);
  }
  if (url.username || url.password) throw new Error(`${name} must not contain a password.`);
  return url;
}

function videosOf(kind: string): readonly Video[] {
  switch (oneOf('--video', kind, ['simulcast', 'high', 'off'] as const)) {
    case 'simulcast':
      return THREE_SIZES.map(withKeyFrames);
    case 'high':
      return ONE_SIZE.map(withKeyFrames);
    default:
      return [];
  }
}

function withKeyFrames(video: Video): Video {
  return { ...video, packetsPerKeyFrame: KEY_FRAME_SIZE * video.packetsPerFrame };
}

function oneOf<T extends string>(name: string, value: string, values: readonly T[]): T {
  const found = values.find((one) => one === value);
  if (found === undefined) throw new Error(`${name} is one of ${values.join(', ')}, not "${value}".`);
  return found;
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = number(name, text, least, most);
  if (!Number.isInteger(value)) throw new Error(`${name} has to be a whole number, not "${text}".`);
  return value;
}

function number(name: string, text: string, least: number, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most)) throw new Error(`${name} has to be from ${least} to ${most}, not "${text}".`);
  return value;
}

function megabits(rate: number): string {
  return (rate / 1e6).toFixed(rate < 10e6 ? 1 : 0);
}

/** With hundreds of packets a second for each, more than one core of a tester carries. */
const MOST_PARTICIPANTS = 2_000;
const ASK_PARTICIPANTS = 500;
const ASK_JOIN_RATE = 20;
const ASK_MINUTES = 60;
const ASK_RATE = 1e9;
/** The default of a meeting. */
const LOUDEST = 8;
/** A key frame of a camera has several times the bytes of other frames. */
const KEY_FRAME_SIZE = 4;
