import {
  type ConnectionQuality,
  type MediaWay,
  meetingOfRoom,
  type QualityLimitation,
  type QualityMinute,
  type QualityRecord,
  type QualityRow,
} from '@waterbus/protocol';
import type { ParticipantRow, QualityMinuteRow } from '../database/schema.js';
import { sideOf } from './side.js';

/** The stored codes are the places in these lists: a new word is added at the end. */
const QUALITIES = ['excellent', 'good', 'poor', 'lost'] as const satisfies ConnectionQuality[];
const LIMITATIONS = ['none', 'upload', 'server', 'download', 'processor'] as const satisfies QualityLimitation[];
const WAYS = ['udp', 'tcp', 'relay'] as const satisfies MediaWay[];

/** The least code of a quality at which the participant notices faults. */
export const IMPAIRED = QUALITIES.indexOf('poor');

/** Bounds of the columns: a larger value counts as the largest. */
const LARGEST_SMALL = 32_767;
const LARGEST = 2_147_483_647;

export function storedRow({ roomId, minute }: QualityRecord, row: QualityRow): QualityMinuteRow {
  return {
    meetingId: meetingOfRoom(roomId),
    minute,
    participantId: row.participantId,
    seconds: row.seconds,
    quality: QUALITIES.indexOf(row.quality),
    limitation: LIMITATIONS.indexOf(row.limitation),
    impairedSeconds: row.impairedSeconds,
    way: known(row.way, (way) => WAYS.indexOf(way)),
    roundTripTime: known(row.roundTripTime, small),
    uploadLoss: known(row.uploadLoss, hundredthsOfPercent),
    downloadLoss: known(row.downloadLoss, hundredthsOfPercent),
    uploadBitrate: kilobits(row.uploadBitrate),
    downloadBitrate: kilobits(row.downloadBitrate),
    availableBitrate: known(row.availableBitrate, kilobits),
    serverLoss: hundredthsOfPercent(row.serverLoss),
    serverDelay: small(row.serverDelay),
    missingPictures: small(row.missingPictures),
    missingSeconds: known(row.missingSeconds, small),
    serverSeconds: known(row.serverSeconds, small),
    frameHeight: known(row.frameHeight, small),
    freezes: known(row.freezes, small),
    freezeTime: known(row.freezeTime, (milliseconds) => small(milliseconds / 10)),
  };
}

type Person = Pick<ParticipantRow, 'name' | 'userId'>;

export function shownMinute(row: QualityMinuteRow, { name, userId }: Person): QualityMinute {
  const limitation = LIMITATIONS[row.limitation] ?? 'none';
  return {
    at: momentOf(row.minute).toISOString(),
    seconds: row.seconds,
    participantId: row.participantId,
    name,
    userId,
    quality: QUALITIES[row.quality] ?? 'excellent',
    limitation,
    side: sideOf({ limitation, missingPictures: row.missingPictures, missingSeconds: row.missingSeconds }),
    impairedSeconds: row.impairedSeconds,
    way: known(row.way, (code) => WAYS[code] ?? null),
    roundTripTime: row.roundTripTime,
    uploadLoss: known(row.uploadLoss, shareOf),
    downloadLoss: known(row.downloadLoss, shareOf),
    uploadBitrate: row.uploadBitrate * 1000,
    downloadBitrate: row.downloadBitrate * 1000,
    availableBitrate: known(row.availableBitrate, (rate) => rate * 1000),
    serverLoss: shareOf(row.serverLoss),
    serverDelay: row.serverDelay,
    serverSeconds: row.serverSeconds,
    missingPictures: row.missingPictures,
    missingSeconds: row.missingSeconds,
    frameHeight: row.frameHeight,
    freezes: row.freezes,
    freezeTime: known(row.freezeTime, (hundredths) => hundredths * 10),
  };
}

export function momentOf(minute: number): Date {
  return new Date(minute * MINUTE);
}

/** The first minute that does not begin before this moment, milliseconds since 1970. */
export function minuteFrom(at: number): number {
  return Math.min(LARGEST, Math.ceil(at / MINUTE));
}

function known<T, S>(value: T | null | undefined, read: (value: T) => S): S | null {
  return value === null || value === undefined ? null : read(value);
}

function small(value: number): number {
  return Math.min(LARGEST_SMALL, Math.round(value));
}

function kilobits(bitsPerSecond: number): number {
  return Math.min(LARGEST, Math.round(bitsPerSecond / 1000));
}

function hundredthsOfPercent(share: number): number {
  return Math.round(share * 10_000);
}

function shareOf(hundredths: number): number {
  return hundredths / 10_000;
}

/** Milliseconds. */
const MINUTE = 60_000;
