import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createMediaHost } from '@waterbus/media-host';
import type { FloorReply, FloorRequest } from './floor.js';
import type { PeersReply, PeersRequest } from './peers.js';
import { BENCH_VIDEO } from './video.js';

// CPU per forwarded packet of a whole media worker (receive, decide, protect, send), beside a floor that does only AES-128-GCM and
// GSO on packets of the same sizes to the same sockets. Both run in turn, in windows of equal length; prints one JSON line.

/** Milliseconds until the engine's code is optimised and the sockets' buffers are touched: a call lasts longer than this. */
const WARM_UP = 6_000;

const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
  },
});
const subscriberCount = Number(values.subscribers);
const seconds = Number(values.seconds);

const host = await createMediaHost({
  workers: 1,
  basePort: 0,
  announcedAddresses: ['127.0.0.1'],
  nodeIdPrefix: 'bench',
});
const node = host.nodes()[0]!;
const peers = child('./peers.ts');
const floor = child('./floor.ts');
try {
  const ports = await connectAll();
  const packetsPerSecond = BENCH_VIDEO.packetsPerFrame * BENCH_VIDEO.framesPerSecond * subscriberCount;
  await publishing(true);
  await elapsed(WARM_UP);
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const engine = await engineWindow();
    await publishing(false);
    const base = await ask<FloorRequest, FloorReply>(floor, { ports, seconds, video: BENCH_VIDEO }, 'done');
    await publishing(true);
    await elapsed(500);
    rounds.push({
      engineUs: engine.us,
      floorUs: base.floorUs,
      ratio: engine.us / base.floorUs,
      delivered: engine.packets / (packetsPerSecond * engine.seconds),
    });
  }
  const stats = await node.transportStats('publisher');
  console.log(
    JSON.stringify({
      engineUs: rounded(median(rounds.map((round) => round.engineUs))),
      floorUs: rounded(median(rounds.map((round) => round.floorUs))),
      ratio: rounded(median(rounds.map((round) => round.ratio))),
      ratios: rounds.map((round) => rounded(round.ratio)),
      deliveredShare: rounded(Math.min(...rounds.map((round) => round.delivered))),
      subscribers: subscriberCount,
      packetsPerSecond,
      packetBytes: BENCH_VIDEO.packetBytes,
      seconds,
      profile: 'AEAD_AES_128_GCM',
      lostOnTheWayIn: stats.producers[0]?.streams[0]?.packetsLost ?? null,
      cpu: cpus()[0]?.model.trim(),
      node: process.version,
    }),
  );
} finally {
  peers.kill();
  floor.kill();
  await host.close();
}

/** Opens one publishing transport and `subscriberCount` receiving ones, each with its own socket at the other end. */
async function connectAll(): Promise<number[]> {
  const rtpCapabilities = await node.openRouter('room');
  const publisher = await node.openTransport({ routerId: 'room', transportId: 'publisher' });
  const names = Array.from({ length: subscriberCount }, (_, index) => `subscriber-${index}`);
  const subscribers = [];
  for (const transportId of names) subscribers.push(await node.openTransport({ routerId: 'room', transportId }));
  const connected = heard<PeersReply>(peers, 'connected');
  const opened = await ask<PeersRequest, Extract<PeersReply, { type: 'opened' }>>(
    peers,
    { type: 'connect', publisher, subscribers },
    'opened',
  );
  const dtls = (value: string) => ({ role: 'client' as const, fingerprints: [{ algorithm: opened.algorithm, value }] });
  await node.connectTransport('publisher', dtls(opened.publisher));
  for (const [index, transportId] of names.entries())
    await node.connectTransport(transportId, dtls(opened.subscribers[index]!));
  await connected;
  await node.produce({
    transportId: 'publisher',
    producerId: 'video',
    kind: 'video',
    paused: false,
    rtpParameters: {
      codecs: [
        {
          mimeType: 'video/VP8',
          payloadType: BENCH_VIDEO.payloadType,
          clockRate: 90_000,
          rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
        },
      ],
      encodings: [{ ssrc: BENCH_VIDEO.ssrc }],
      rtcp: { cname: 'bench' },
    },
  });
  const ssrcs: number[] = [];
  for (const transportId of names) {
    const consumer = await node.consume({
      transportId,
      consumerId: `${transportId}-video`,
      producerId: 'video',
      rtpCapabilities,
      paused: false,
    });
    ssrcs.push(consumer.rtpParameters.encodings![0]!.ssrc!);
  }
  peers.send({ type: 'report', ssrcs } satisfies PeersRequest);
  return opened.ports;
}

async function engineWindow(): Promise<{ us: number; packets: number; seconds: number }> {
  const began = performance.now();
  const [packetsBefore, cpuBefore] = [await received(), workerCpu()];
  await elapsed(seconds * 1000);
  const [packetsAfter, cpuAfter] = [await received(), workerCpu()];
  const packets = packetsAfter - packetsBefore;
  return { us: (cpuAfter - cpuBefore) / packets, packets, seconds: (performance.now() - began) / 1000 };
}

async function received(): Promise<number> {
  return (await ask<PeersRequest, Extract<PeersReply, { type: 'counts' }>>(peers, { type: 'counts' }, 'counts'))
    .rtpReceived;
}

async function publishing(on: boolean): Promise<void> {
  peers.send({ type: 'publish', on } satisfies PeersRequest);
  await elapsed(200);
}

/** Microseconds on a processor of all threads of the media worker, user and system, from Linux's schedstat (nanoseconds). */
function workerCpu(): number {
  const pid = childPids().find((pid) => pid !== peers.pid && pid !== floor.pid);
  if (!pid) throw new Error('the media worker has no process');
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000)
    .reduce((sum, value) => sum + value, 0);
}

function childPids(): number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
}

function child(script: string): ChildProcess {
  return fork(fileURLToPath(new URL(script, import.meta.url)), { execArgv: process.execArgv });
}

function ask<Q extends object, A>(process: ChildProcess, request: Q, type: string): Promise<A> {
  const answer = heard<A>(process, type);
  process.send(request);
  return answer;
}

/** The next message of this type; rejects when the process ends before. */
async function heard<A>(process: ChildProcess, type: string): Promise<A> {
  const gone = new AbortController();
  const exit = once(process, 'exit', { signal: gone.signal }).then(
    () => Promise.reject(new Error(`${process.spawnargs.at(-1)} ended`)),
    () => new Promise<never>(() => {}),
  );
  const message = new Promise<A>((resolve) => {
    const listen = (message: { type: string }) => {
      if (message.type !== type) return;
      process.off('message', listen);
      resolve(message as A);
    };
    process.on('message', listen);
  });
  return Promise.race([message, exit]).finally(() => gone.abort());
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)]!;
}

function rounded(figure: number): number {
  return Math.round(figure * 1000) / 1000;
}
