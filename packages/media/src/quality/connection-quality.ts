import type { ConnectionQuality, QualityLimitation } from '../api/events.js';
import { soundRating } from './sound-rating.js';

/** Statistics of one transport over the last seconds. Shares are 0-1, times milliseconds. */
export interface QualityFigures {
  /** ICE and DTLS are up, and the peer's consent has not expired. */
  isConnected: boolean;
  /** Time since the last packet from the peer: media, reports, checks. */
  silence: number;
  /** The peer receives media, and its transport-wide feedback arrives several times a second. */
  isAnswering: boolean;
  /** From the peer to us; undefined when the peer publishes nothing that should arrive. */
  upload: UploadFigures | undefined;
  /** From us to the peer; undefined when the peer consumes nothing. */
  download: DownloadFigures | undefined;
  server: ServerFigures;
  /**
   * Share of the received frames that the receiver could not decode or show in time; 0 unless it
   * reports.
   */
  framesDropped: number;
}

export interface UploadFigures {
  /** Share of the expected packets, before repair. */
  loss: number;
  jitter: number;
  /** Share of the producers that should send but send nothing. */
  silentProducers: number;
  /**
   * Layers that arrived before and are wanted do not arrive: the publisher's own estimate is too
   * low for them.
   */
  hasLessLayers: boolean;
}

export interface DownloadFigures {
  /** Share of the sent packets, by the receiver's transport-wide feedback. */
  loss: number;
  roundTripTime: number;
  /** The share of the layers wanted for its tiles that the path carries. */
  satisfaction: number;
  /** The receiver loses so much of a sound, after repair, that it does not understand speech. */
  isUnintelligible: boolean;
}

/** Figures of the whole worker in the last second. */
export interface ServerFigures {
  /** Share of datagrams lost because the process or the kernel did not take them in time. */
  loss: number;
  /** The longest delay of due work in the event loop. */
  delay: number;
  /** The highest of both in the last minute; default: those of the last second. */
  worst?: { loss: number; delay: number };
}

export interface Verdict {
  quality: ConnectionQuality;
  limitation: QualityLimitation;
}

/**
 * The quality of a connection, and the side that limits it: the worst side, and among equally bad
 * sides the server, whose faults show on the other sides too.
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
  // It is named to those who are not understood: the side of a poor connection must agree.
  if (download?.isUnintelligible) sides.splice(1, 0, sides.splice(2, 1)[0]!);
  let worst = sides[0]!;
  for (const side of sides) if (side[1] > worst[1]) worst = side;
  const [limitation, grade] = worst;
  return { quality: NAMES[grade], limitation: grade === Grade.Excellent ? 'none' : limitation };
}

/** The peer is gone, or nothing of its media arrives. */
function isGone(figures: QualityFigures): boolean {
  return !figures.isConnected || isUnheard(figures) || figures.upload?.silentProducers === 1;
}

/** No packet arrives from the peer any more. */
export function isUnheard({ silence, isAnswering }: Pick<QualityFigures, 'silence' | 'isAnswering'>): boolean {
  return silence > (isAnswering ? LONGEST_PAUSE : LONGEST_SILENCE);
}

function gradeOfUpload({ loss, jitter, silentProducers, hasLessLayers }: UploadFigures): Grade {
  if (silentProducers > 0) return Grade.Poor;
  return Math.max(gradeOf(loss, LOSS, jitter, JITTER), hasLessLayers ? Grade.Good : Grade.Excellent) as Grade;
}

function gradeOfDownload({ loss, roundTripTime, satisfaction, isUnintelligible }: DownloadFigures): Grade {
  if (isUnintelligible) return Grade.Poor;
  const impairment = BEST_RATING - soundRating(loss, roundTripTime / 2 + REST_OF_DELAY);
  return gradeOf(loss, LOSS, impairment, IMPAIRMENT, 1 - satisfaction, MISSING);
}

/** The worst grade of figures for which more is worse. */
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

/** Above `good` the quality is no longer excellent, above `poor` no longer good. */
interface Limits {
  readonly good: number;
  readonly poor: number;
}

const Grade = { Excellent: 0, Good: 1, Poor: 2 } as const;
type Grade = (typeof Grade)[keyof typeof Grade];
const NAMES: Record<Grade, ConnectionQuality> = { 0: 'excellent', 1: 'good', 2: 'poor' };

/**
 * Retransmissions and Opus' own protection hide 2 %; beyond 8 % pictures freeze while they wait for
 * retransmissions.
 */
const LOSS: Limits = { good: 0.02, poor: 0.08 };
/** Milliseconds. With more, browsers' jitter buffers delay conversation noticeably. */
const JITTER: Limits = { good: 40, poor: 120 };
/**
 * The rating of the E-model, by which sound is rated. Loss and delay add up: each may be acceptable
 * alone.
 */
const BEST_RATING = 100;
/**
 * ITU-T G.109: users are satisfied from a rating of 80; below 50 a connection is not recommended.
 */
const IMPAIRMENT: Limits = { good: 20, poor: 50 };
/**
 * Milliseconds of delay besides the path from us to the peer: 20 in a packet, 60 in the jitter
 * buffer, 20 in devices, 25 from a publisher in the same country.
 */
const REST_OF_DELAY = 125;
/**
 * Few users notice a tile that is a little soft; all notice less than half of the possible quality.
 */
const MISSING: Limits = { good: 0.15, poor: 0.55 };
/** The server's own loss affects all participants at once. */
const SERVER_LOSS: Limits = { good: 0.001, poor: 0.01 };
/** Milliseconds: receivers buffer sound for some 60 ms. */
const SERVER_DELAY: Limits = { good: 60, poor: 250 };
/** Share of frames. */
const FRAMES_DROPPED: Limits = { good: 0.05, poor: 0.25 };
/** Milliseconds. Peers report and check their path each 1 to 6 s even without media. */
const LONGEST_SILENCE = 7000;
/**
 * Milliseconds. If only checks arrive (each 2.5 s from Chromium), our answers do not reach the
 * peer.
 */
const LONGEST_PAUSE = 3000;
