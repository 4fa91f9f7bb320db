import type { ConnectionQuality, QualityLimitation } from '../events.js';
import { soundRating } from './sound-rating.js';

/**
 * What statistics show of one transport over the last seconds. Shares are 0-1, times milliseconds.
 */
export interface QualityFigures {
  /** ICE and DTLS are up, and the peer's consent has not expired. */
  isConnected: boolean;
  /** Since anything came from the peer: media, reports, checks. */
  silence: number;
  /** Media go to the peer that its transport-wide feedback answers several times a second. */
  isAnswering: boolean;
  /** From the peer to us; undefined when it publishes nothing that should arrive. */
  upload: UploadFigures | undefined;
  /** From us to the peer; undefined when it takes nothing. */
  download: DownloadFigures | undefined;
  server: ServerFigures;
  /**
   * Frames that the receiver could not decode or show in time, of those that arrived; 0 unless it
   * reports.
   */
  framesDropped: number;
}

export interface UploadFigures {
  /** Of the packets that should have come, before repair. */
  loss: number;
  jitter: number;
  /** Producers of which nothing comes although it should, of all that should send. */
  silentProducers: number;
  /**
   * Layers that came before, are wanted, and do not come now: the publisher's own estimate does not
   * hold them.
   */
  hasLessLayers: boolean;
}

export interface DownloadFigures {
  /** Of the packets sent, by the receiver's transport-wide feedback. */
  loss: number;
  roundTripTime: number;
  /** How much of what its tiles could show the path carries. */
  satisfaction: number;
}

/** Of the worker as a whole, in the last second. */
export interface ServerFigures {
  /** Datagrams lost because nobody read them, or the kernel did not take them, in time. */
  loss: number;
  /** The longest time for which the event loop did not get to what was due. */
  delay: number;
}

export interface Verdict {
  quality: ConnectionQuality;
  limitation: QualityLimitation;
}

/**
 * How good a connection is, and whose side it is that keeps it from being better: the worst side,
 * and of equally bad ones the server, whose faults show on the other sides too.
 */
export function connectionQuality(figures: QualityFigures): Verdict {
  const { upload, download } = figures;
  if (isGone(figures)) return { quality: 'lost', limitation: upload || !download ? 'upload' : 'download' };
  const sides: [QualityLimitation, Grade][] = [
    ['server', gradeOf(figures.server.loss, SERVER_LOSS, figures.server.delay, SERVER_DELAY)],
    ['upload', upload ? gradeOfUpload(upload) : Grade.Excellent],
    ['download', download ? gradeOfDownload(download) : Grade.Excellent],
    ['processor', gradeOf(figures.framesDropped, FRAMES_DROPPED)],
  ];
  let worst = sides[0]!;
  for (const side of sides) if (side[1] > worst[1]) worst = side;
  const [limitation, grade] = worst;
  return { quality: NAMES[grade], limitation: grade === Grade.Excellent ? 'none' : limitation };
}

/** The peer is not there any more, or nothing at all of what it publishes arrives. */
function isGone(figures: QualityFigures): boolean {
  return !figures.isConnected || isUnheard(figures) || figures.upload?.silentProducers === 1;
}

/** Nothing at all comes from the peer any more. */
export function isUnheard({ silence, isAnswering }: Pick<QualityFigures, 'silence' | 'isAnswering'>): boolean {
  return silence > (isAnswering ? LONGEST_PAUSE : LONGEST_SILENCE);
}

function gradeOfUpload({ loss, jitter, silentProducers, hasLessLayers }: UploadFigures): Grade {
  if (silentProducers > 0) return Grade.Poor;
  return Math.max(gradeOf(loss, LOSS, jitter, JITTER), hasLessLayers ? Grade.Good : Grade.Excellent) as Grade;
}

function gradeOfDownload({ loss, roundTripTime, satisfaction }: DownloadFigures): Grade {
  const impairment = BEST_RATING - soundRating(loss, roundTripTime / 2 + REST_OF_DELAY);
  return gradeOf(loss, LOSS, impairment, IMPAIRMENT, 1 - satisfaction, MISSING);
}

/** The worst grade of figures of which more is worse. */
function gradeOf(...figures: (number | Limits)[]): Grade {
  let grade: Grade = Grade.Excellent;
  for (let i = 0; i < figures.length; i += 2) {
    const value = figures[i] as number;
    const { good, poor } = figures[i + 1] as Limits;
    if (value > poor) return Grade.Poor;
    if (value > good) grade = Grade.Good;
  }
  return grade;
}

/** Above `good` it is no longer excellent, above `poor` no longer good. */
interface Limits {
  readonly good: number;
  readonly poor: number;
}

const Grade = { Excellent: 0, Good: 1, Poor: 2 } as const;
type Grade = (typeof Grade)[keyof typeof Grade];
const NAMES: Record<Grade, ConnectionQuality> = { 0: 'excellent', 1: 'good', 2: 'poor' };

/**
 * Repeats and Opus' own protection hide 2 %; beyond 8 % pictures freeze while they wait for
 * repeats.
 */
const LOSS: Limits = { good: 0.02, poor: 0.08 };
/**
 * Milliseconds. Jitter buffers of browsers grow beyond what conversation takes without a thought.
 */
const JITTER: Limits = { good: 40, poor: 120 };
/** Of the E-model, by which sound is rated. Losses and delay add up: each may pass alone. */
const BEST_RATING = 100;
/** ITU-T G.109: from a rating of 80 on users are satisfied, below 50 a connection is not recommended. */
const IMPAIRMENT: Limits = { good: 20, poor: 50 };
/**
 * Milliseconds that sound takes beside the way from us to the peer: 20 in a packet, 60 in the
 * jitter buffer, 20 in devices, 25 from a publisher in the same country.
 */
const REST_OF_DELAY = 125;
/**
 * A tile a little softer than it could be is noticed by few; less than half of what could be shown
 * by everybody.
 */
const MISSING: Limits = { good: 0.15, poor: 0.55 };
/** The server's own loss hits everybody at once. */
const SERVER_LOSS: Limits = { good: 0.001, poor: 0.01 };
/** Milliseconds: sound is played out with some 60 of buffer. */
const SERVER_DELAY: Limits = { good: 60, poor: 250 };
/** Of frames. */
const FRAMES_DROPPED: Limits = { good: 0.05, poor: 0.25 };
/** Milliseconds. Peers report and check their path each 1 to 6 s even when there are no media. */
const LONGEST_SILENCE = 7000;
/** Milliseconds: where only checks come, each 2.5 s from Chromium, answers do not get through. */
const LONGEST_PAUSE = 3000;
