/**
 * The cost of calls, in packets and shares of a core. A model: decisions are real, packets are
 * counted and not sent.
 */

/**
 * Seconds of one core for a packet forwarded to one receiver, for all threads of the worker
 * (docs/benchmarks.md, `bench:forward`).
 */
export const PACKET_COST = 2.6e-6;

/** Rooms by size; `weight` is their share of all participants, most of whom are in small calls. */
export const SIZES: readonly { size: number; weight: number }[] = [
  { size: 2, weight: 13 },
  { size: 3, weight: 12 },
  { size: 4, weight: 12 },
  { size: 5, weight: 11 },
  { size: 6, weight: 9 },
  { size: 8, weight: 9 },
  { size: 10, weight: 8 },
  { size: 20, weight: 6 },
  { size: 100, weight: 10 },
  { size: 1000, weight: 10 },
];

/**
 * The number of people in a room who send at all. Large rooms listen to a panel of five, or to a
 * teacher and a few others.
 */
export function publishersOf(size: number): number {
  if (size <= 2) return size;
  if (size <= 10) return Math.ceil(size / 2);
  return 5;
}

/** Packets per second of one publisher for each receiver, and their number of streams. */
export function sendingOf(size: number, index: number): { packets: number; streams: number } {
  // Silence is not sent (Opus DTX); each publisher speaks an equal share of the time.
  const voice = MICROPHONE / publishersOf(size) + SILENCE;
  // One in three publishers has a camera; in large rooms the first two do: the presenter and a
  // questioner.
  const camera = size <= 20 ? index % 3 === 0 : index < 2;
  if (!camera) return { packets: voice, streams: 1 };
  return { packets: voice + cameraPackets(size, index), streams: 2 };
}

/**
 * A picture is as large as its tile: 2.5 Mbit/s for a window, 1.4 Mbit/s for half of it, 0.8 Mbit/s
 * for a tile among many.
 */
function cameraPackets(size: number, index: number): number {
  if (size <= 2) return 270;
  if (size <= 4 || (size > 20 && index === 0)) return 160;
  return 100;
}

/** Opus, one packet every 20 ms. */
const MICROPHONE = 50;
/** Opus DTX sends one packet every 400 ms. */
const SILENCE = 2.5;
