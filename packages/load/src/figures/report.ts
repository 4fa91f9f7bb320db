import { cpus, totalmem } from 'node:os';
import type { ServerLoad } from '../servers/server-reading.js';
import type { Delays } from './delays.js';
import { type JoinStep, joinSteps, type Percentiles } from './join-figures.js';
import type { RunFigures } from './run-figures.js';
import { GAP, type StreamReception } from './stream-reception.js';

/** The streams of one kind that all receivers got. */
export interface StreamsReport {
  /** Streams that should have arrived, and those of which a packet did. */
  expected: number;
  received: number;
  packets: number;
  bytes: number;
  /** Shares of packets lost on the way to the receivers, before and after repair. */
  lossBeforeRepair: number;
  loss: number;
  lost: number;
  /**
   * Milliseconds from the publisher's socket to the receiver's: in the first seconds of the streams,
   * and later.
   */
  delayAtStart: { p50: number; p95: number; p99: number };
  delay: { p50: number; p95: number; p99: number };
  /** Pauses above 200 ms between two packets of a stream. */
  gaps: number;
  longestGap: number;
}

export interface Report {
  seconds: number;
  participants: number;
  joins: {
    begun: number;
    succeeded: number;
    failures: Record<string, { count: number; detail: string | undefined }>;
    /** Milliseconds from the beginning of the join. */
    times: Record<JoinStep, Percentiles>;
  };
  /** Sockets and transports that were lost in the run, by code. */
  losses: Record<string, number>;
  sent: { packets: number; resent: number; lossBeforeRepair: number };
  audio: StreamsReport;
  video: StreamsReport;
  /** Shares of the received frames by layer, the smallest picture first. */
  layers: number[];
  /** Pictures that the server did not send at the end, by cause. */
  paused: Record<string, number>;
  receivers: { count: number; bitsPerSecond: number; packetsPerSecond: number };
  servers: ServerLoad[];
  tester: Tester;
}

export interface Tester {
  /** Cores in use, mean and most of a second. */
  cores: number;
  busiest: number;
  /** How late packets left, milliseconds. */
  lateness: { p50: number; p99: number };
  /** Datagrams that this machine's kernel dropped. */
  dropped: number;
  /** The tester limited the run: the figures are not the server's. */
  isBottleneck: boolean;
  machine: string;
}

export interface RunTotals {
  seconds: number;
  participants: number;
  figures: RunFigures;
  receptions: StreamReception[];
  receivers: number;
  /** Streams of each kind that should have arrived. */
  expected: { audio: number; video: number };
  sent: { packets: number; resent: number; lost: number };
  servers: ServerLoad[];
  tester: { cores: number; busiest: number; dropped: number };
}

export function reportOf(totals: RunTotals): Report {
  const { figures, receptions, seconds, receivers } = totals;
  const { joins } = figures;
  const [audio, video] = (['audio', 'video'] as const).map((kind) => streamsOf(totals, kind)) as [
    StreamsReport,
    StreamsReport,
  ];
  const frames = receptions.filter(({ kind }) => kind === 'video').map((one) => one.frames);
  return {
    seconds,
    participants: totals.participants,
    joins: {
      begun: joins.begun,
      succeeded: joins.succeeded,
      failures: Object.fromEntries(
        [...joins.failures].map(([code, count]) => [code, { count, detail: joins.details.get(code) }]),
      ),
      times: Object.fromEntries(joinSteps.map((step) => [step, joins.percentiles(step)])) as Record<
        JoinStep,
        Percentiles
      >,
    },
    losses: Object.fromEntries(figures.losses),
    sent: {
      packets: totals.sent.packets,
      resent: totals.sent.resent,
      lossBeforeRepair: share(totals.sent.lost, totals.sent.packets),
    },
    audio,
    video,
    layers: sharesOf(frames),
    paused: countsOf([...figures.paused.values()]),
    receivers: {
      count: receivers,
      bitsPerSecond: share((audio.bytes + video.bytes) * 8, seconds * receivers),
      packetsPerSecond: share(audio.packets + video.packets, seconds * receivers),
    },
    servers: totals.servers,
    tester: testerOf(totals),
  };
}

function streamsOf({ figures, receptions, expected }: RunTotals, kind: 'audio' | 'video'): StreamsReport {
  const streams = receptions.filter((one) => one.kind === kind);
  const sum = (of: (stream: StreamReception) => number) => streams.reduce((total, stream) => total + of(stream), 0);
  const packets = sum((one) => one.packets);
  const lost = sum((one) => one.lost);
  const lostBefore = sum((one) => one.lostBeforeRepair);
  return {
    expected: expected[kind],
    received: streams.filter((one) => one.packets > 0).length,
    packets,
    bytes: sum((one) => one.bytes),
    lossBeforeRepair: share(lostBefore, packets + lost),
    loss: share(lost, packets + lost),
    lost,
    delayAtStart: percentilesOf(figures.earlyDelays[kind]),
    delay: percentilesOf(figures.delays[kind]),
    gaps: sum((one) => one.gaps),
    longestGap: Math.max(0, ...streams.filter((one) => one.longestGap > GAP).map((one) => one.longestGap)),
  };
}

function testerOf({ figures, tester }: RunTotals): Tester {
  const { lateness } = figures;
  const late = { p50: lateness.percentile(0.5), p99: lateness.percentile(0.99) };
  return {
    ...tester,
    lateness: late,
    isBottleneck: tester.busiest > BUSY || late.p99 > LATE || tester.dropped > 0,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  };
}

function percentilesOf(delays: Delays) {
  return { p50: delays.percentile(0.5), p95: delays.percentile(0.95), p99: delays.percentile(0.99) };
}

function sharesOf(frames: readonly number[][]): number[] {
  const sums = [0, 1, 2, 3].map((layer) => frames.reduce((sum, one) => sum + (one[layer] ?? 0), 0));
  const all = sums.reduce((sum, count) => sum + count, 0);
  const last = sums.findLastIndex((count) => count > 0);
  return sums.slice(0, last + 1).map((count) => share(count, all));
}

function countsOf(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** Of the one core that a process without threads can use. */
const BUSY = 0.85;
/** Milliseconds: the delay figures of pictures 33 ms apart lose their meaning. */
const LATE = 20;
