import { FULL } from '@waterbus/server-ws/testing/place';
import type { MediaNodes } from './media-nodes.js';
import type { Room } from './meetings.js';

export interface Balance {
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
  /** Nodes at or above full, above relief's limit, and beyond the capacity of their core. */
  full: number;
  overLimit: number;
  saturated: number;
}

export function balance(nodes: MediaNodes): Balance {
  const loads = nodes.living.map((node) => nodes.load(node)).sort((a, b) => a - b);
  const above = (limit: number) => loads.filter((load) => load >= limit).length;
  return {
    mean: loads.reduce((sum, load) => sum + load, 0) / loads.length,
    p50: percentile(loads, 0.5),
    p95: percentile(loads, 0.95),
    p99: percentile(loads, 0.99),
    max: loads.at(-1)!,
    full: above(FULL),
    overLimit: above(0.85),
    saturated: above(1),
  };
}

/** `sorted` must be in ascending order. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export interface Connections {
  size: string;
  clients: number;
  mean: number;
  p50: number;
  p95: number;
  max: number;
}

/**
 * Receiving transports of each client, by the size of the room: one for each media node with
 * another person's stream (R9).
 */
export function connections(rooms: Iterable<Room>): Connections[] {
  const counts = new Map(CLASSES.map(({ name }) => [name, [] as number[]]));
  const everybody: number[] = [];
  for (const room of rooms) {
    const { name } = CLASSES.find(({ upTo }) => room.size <= upTo)!;
    const histogram = counts.get(name)!;
    const held = new Map<number, number>();
    for (const { node } of room.publishers) if (node !== undefined) held.set(node, (held.get(node) ?? 0) + 1);
    const add = (transports: number, clients: number) => {
      histogram[transports] = (histogram[transports] ?? 0) + clients;
      everybody[transports] = (everybody[transports] ?? 0) + clients;
    };
    add(held.size, room.present - room.publishers.length);
    for (const { node } of room.publishers) add(held.size - (node !== undefined && held.get(node) === 1 ? 1 : 0), 1);
  }
  return [...CLASSES.map(({ name }) => summary(name, counts.get(name)!)), summary('all', everybody)];
}

function summary(size: string, histogram: number[]): Connections {
  let clients = 0;
  let sum = 0;
  for (const [transports, count] of histogram.entries()) {
    clients += count ?? 0;
    sum += transports * (count ?? 0);
  }
  const at = (share: number) => {
    let left = clients * share;
    for (const [transports, count] of histogram.entries()) {
      left -= count ?? 0;
      if (left < 0) return transports;
    }
    return Math.max(0, histogram.length - 1);
  };
  return { size, clients, mean: clients && sum / clients, p50: at(0.5), p95: at(0.95), max: at(1) };
}

const CLASSES = [
  { name: '2-10', upTo: 10 },
  { name: '20', upTo: 20 },
  { name: '100', upTo: 100 },
  { name: '1000', upTo: Number.POSITIVE_INFINITY },
];
