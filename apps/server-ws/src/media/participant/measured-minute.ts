import type { MediaNode } from '@waterbus/media-host';
import type { ClientRequest, QualityRow } from '@waterbus/protocol';
import { EXCELLENT, isWorse, type Quality } from './qualities.js';

export type PathTotals = Awaited<ReturnType<MediaNode['pathTotals']>>[number];
export type ClientQuality = ClientRequest<'quality.report'>;

/** The figures of a participant since its last reading. Plain data, which a new home continues. */
export interface MeasuredMinute {
  /** Of the last reading, or of the joining: milliseconds since 1970, and the minute due. */
  since: number;
  minute: number;
  /** Seconds with the quality `poor` or `lost`. */
  impairedSeconds: number;
  /** Seconds in which the server limited the connection; homes of older versions count none. */
  serverSeconds?: number | undefined;
  /** Seconds in which pictures did not arrive from their publishers, and the most at one time. */
  missingSeconds?: number | undefined;
  missingPictures?: number | undefined;
  /** Its media node is gone with its transports, and it has no others yet. */
  isCut?: boolean | undefined;
  worst: Quality;
  /** At the last reading, of the transports open then. */
  totals: PathTotals[];
  report?: ClientQuality | undefined;
}

/** Begins at this moment, milliseconds since 1970. */
export function newMinute(roomId: string, date: number): MeasuredMinute {
  return { since: date, minute: minuteOf(roomId, date), impairedSeconds: 0, worst: EXCELLENT, totals: [] };
}

/**
 * The last minute (since 1970) in which a reading of the room was due. Rooms are read at different
 * seconds, so that the servers and the database have the same load all the time.
 */
export function minuteOf(roomId: string, date: number): number {
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (let i = 0; i < roomId.length; i += 1) hash = Math.imul(hash ^ roomId.charCodeAt(i), 0x01000193);
  return Math.floor((date - ((hash >>> 0) % 60) * 1000) / 60_000);
}

/** Notes the quality of one second. `missing`: pictures that do not arrive from their publishers. */
export function noteSecond(minute: MeasuredMinute, quality: Quality | undefined, missing: number): void {
  if (quality) minute.isCut = false;
  const { quality: grade, limitation } = quality ?? (minute.isCut ? CUT : EXCELLENT);
  if (isWorse({ quality: grade, limitation }, minute.worst)) minute.worst = { quality: grade, limitation };
  if (grade === 'poor' || grade === 'lost') minute.impairedSeconds += 1;
  if (limitation === 'server') minute.serverSeconds = (minute.serverSeconds ?? 0) + 1;
  if (missing > 0) minute.missingSeconds = (minute.missingSeconds ?? 0) + 1;
  minute.missingPictures = Math.max(minute.missingPictures ?? 0, missing);
}

/**
 * The row between the last reading and this one. `date`: milliseconds since 1970. A transport that
 * was not there before has opened since.
 */
export function qualityRow(
  participantId: string,
  before: MeasuredMinute,
  totals: readonly PathTotals[],
  date: number,
): QualityRow {
  const seconds = Math.min(LONGEST, Math.max(0, Math.round((date - before.since) / 1000)));
  const rest = { bytesReceived: 0, bytesSent: 0, received: NONE, sent: NONE };
  const changes = totals.map((now) => changeOf(now, before.totals.find(isOf(now)) ?? rest));
  const sum = (figure: keyof Change) => changes.reduce((total, change) => total + change[figure], 0);
  const bitrate = (bytes: number) => (seconds === 0 ? 0 : Math.round((bytes * 8) / seconds));
  const { report } = before;
  return {
    participantId,
    seconds,
    ...before.worst,
    impairedSeconds: Math.min(seconds, before.impairedSeconds),
    serverSeconds: Math.min(seconds, before.serverSeconds ?? 0),
    ...(totals.length > 0 && { way: wayOf(totals, report) }),
    ...known('roundTripTime', highest(totals.map(({ roundTripTime }) => roundTripTime))),
    ...known('uploadLoss', lossOf(sum('arrived'), sum('lost'))),
    ...known('downloadLoss', lossOf(sum('acknowledged'), sum('unacknowledged'))),
    uploadBitrate: bitrate(sum('bytesReceived')),
    downloadBitrate: bitrate(sum('bytesSent')),
    ...known('availableBitrate', lowest(totals.map(({ availableBitrate }) => availableBitrate))),
    serverLoss: Math.max(0, ...totals.map(({ serverPacketLoss }) => serverPacketLoss)),
    serverDelay: Math.max(0, ...totals.map(({ serverDelay }) => serverDelay)),
    missingPictures: before.missingPictures ?? 0,
    missingSeconds: Math.min(seconds, before.missingSeconds ?? 0),
    ...(report && { frameHeight: report.frameHeight, freezes: report.freezes, freezeTime: report.freezeTime }),
  };
}

/** Two reports of a client since the last reading. */
export function mergedReport(one: ClientQuality | undefined, other: ClientQuality): ClientQuality {
  if (!one) return other;
  return {
    ...other,
    freezes: Math.min(MOST_FREEZES, one.freezes + other.freezes),
    freezeTime: Math.min(LONGEST * 1000, one.freezeTime + other.freezeTime),
    frameHeight: Math.max(one.frameHeight, other.frameHeight),
  };
}

interface Change {
  arrived: number;
  lost: number;
  acknowledged: number;
  unacknowledged: number;
  bytesReceived: number;
  bytesSent: number;
}

/** Totals can decrease: a stream started anew, or a packet that was lost arrived after all. */
function changeOf(
  now: PathTotals,
  before: Pick<PathTotals, 'bytesReceived' | 'bytesSent' | 'received' | 'sent'>,
): Change {
  return {
    arrived: Math.max(0, now.received.arrived - before.received.arrived),
    lost: Math.max(0, now.received.lost - before.received.lost),
    acknowledged: Math.max(0, now.sent.arrived - before.sent.arrived),
    unacknowledged: Math.max(0, now.sent.lost - before.sent.lost),
    bytesReceived: Math.max(0, now.bytesReceived - before.bytesReceived),
    bytesSent: Math.max(0, now.bytesSent - before.bytesSent),
  };
}

/** The slowest way. The servers see a relay's address; only the client knows that it uses one. */
function wayOf(totals: readonly PathTotals[], report: ClientQuality | undefined): QualityRow['way'] {
  if (report?.way === 'relay') return 'relay';
  return totals.some(({ protocol }) => protocol === 'tcp') ? 'tcp' : 'udp';
}

function lossOf(arrived: number, lost: number): number | undefined {
  return arrived + lost === 0 ? undefined : lost / (arrived + lost);
}

function isOf({ transportId }: PathTotals) {
  return (other: PathTotals) => other.transportId === transportId;
}

function known<K extends string>(name: K, value: number | undefined): { [N in K]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { [N in K]: number });
}

function highest(values: (number | undefined)[]): number | undefined {
  const numbers = values.filter((value) => value !== undefined);
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

function lowest(values: (number | undefined)[]): number | undefined {
  const numbers = values.filter((value) => value !== undefined);
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

const CUT: Quality = { quality: 'lost', limitation: 'server' };
const NONE = { arrived: 0, lost: 0 };

/** Bounds of a row. Seconds: after an hour without a reading the rest is not described. */
const LONGEST = 3600;
const MOST_FREEZES = 10_000;
