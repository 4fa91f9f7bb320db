/** What calls cost, in packets and shares of a core. A model: the decisions are the real ones, the packets are counted, not sent. */

/** Seconds of one core for a packet forwarded to one receiver, all of the worker's threads (docs/benchmarks.md, `bench:forward`). */
export const PACKET_COST = 2.6e-6;

/** Rooms by their size; `weight` is their share of all participants, who are mostly in small calls. */
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

/** Of those in a room, how many send something at all. Large rooms listen: a panel of five, or a teacher and some who answer. */
export function publishersOf(size: number): number {
  if (size <= 2) return size;
  if (size <= 10) return Math.ceil(size / 2);
  return 5;
}

/** Packets per second that each receiver gets of one publisher, and in how many streams. */
export function sendingOf(size: number, index: number): { packets: number; streams: number } {
  // Silence is not sent (Opus DTX): in turn each speaks its share of the time.
  const voice = MICROPHONE / publishersOf(size) + SILENCE;
  // Of those who send, one in three has its camera on; in large rooms the first two: who presents, and who asks.
  const camera = size <= 20 ? index % 3 === 0 : index < 2;
  if (!camera) return { packets: voice, streams: 1 };
  return { packets: voice + cameraPackets(size, index), streams: 2 };
}

/** A picture is sent as large as its tile: 2.5 Mbps fill a window, 1.4 Mbps half of it, 0.8 Mbps a tile among many. */
function cameraPackets(size: number, index: number): number {
  if (size <= 2) return 270;
  if (size <= 4 || (size > 20 && index === 0)) return 160;
  return 100;
}

/** Opus, one packet each 20 ms. */
const MICROPHONE = 50;
/** Opus DTX sends one packet each 400 ms. */
const SILENCE = 2.5;
