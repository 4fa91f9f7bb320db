import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publishedParameters } from '@waterbus/load/testing/parameters';
import type { RemoteTransport } from '@waterbus/load/testing/peer';
import type { createMediaHost, MediaHost, MediaNode } from '@waterbus/media-host';
import { type Case, forwardedPerSecond, shownEncoding } from './cases.js';
import { ask, child, elapsed, nextMessage } from './children.js';
import type { PublishersReply, PublishersRequest } from './publishers.js';
import type { Received, ReceiversReply, ReceiversRequest } from './receivers.js';

export interface Window extends Received {
  /** CPU of the worker for each received packet in microseconds, and as a share of a core. */
  us: number;
  cpu: number;
  packetsPerSecond: number;
  lost: number;
}

/** The subject of the measurement: a media worker with its publishers and receivers. */
export class Subject {
  ports: number[] = [];
  private readonly publishers = child('./publishers.ts');
  private readonly receivers = child('./receivers.ts');

  private constructor(
    private readonly plan: Case,
    private readonly host: MediaHost,
    private readonly pid: number,
    private readonly heapFolder: string,
  ) {}

  static async start(plan: Case, create: typeof createMediaHost, name: string): Promise<Subject> {
    const heapFolder = mkdtempSync(path.join(tmpdir(), 'waterbus-heap-'));
    const { NODE_OPTIONS } = process.env;
    const probe = new URL('./heap-probe.mjs', import.meta.url);
    probe.hash = heapFolder;
    process.env.NODE_OPTIONS = `${NODE_OPTIONS ?? ''} --import ${probe.href}`;
    const host = await create({
      workers: 1,
      basePort: 0,
      announcedAddresses: ['127.0.0.1'],
      nodeIdPrefix: name,
      // All peers have this machine's address, and some publish at a higher rate than people.
      incoming: { packets: 1e6, bits: 1e10, strangerStun: 1e6, strangersStun: 1e6 },
    }).finally(() => {
      if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = NODE_OPTIONS;
    });
    const subject = new Subject(plan, host, workerPid(name), heapFolder);
    await subject.connect();
    return subject;
  }

  async close(): Promise<void> {
    this.publishers.kill();
    this.receivers.kill();
    await this.host.close();
    rmSync(this.heapFolder, { recursive: true, force: true });
  }

  /**
   * Publishes for some seconds and measures all but the first of them. `load` 1 is the case itself;
   * a higher load has more rooms or faster publishers. Waits for packets under way at the end
   * before it counts losses.
   */
  async window(seconds: number, load = 1, settle = SETTLE): Promise<Window> {
    const [expectedBefore, receivedBefore] = [await this.expected(), (await this.received()).total];
    await this.publish(load);
    await elapsed(settle);
    this.request(this.receivers, { type: 'reset' });
    const [began, before] = [performance.now(), this.workerCpu()];
    await elapsed(seconds * 1000);
    const middle = await this.received();
    const [cpu, took] = [this.workerCpu() - before, (performance.now() - began) / 1000];
    await this.publish(0);
    await elapsed(UNDER_WAY);
    const expected = (await this.expected()) - expectedBefore;
    const received = (await this.received()).total - receivedBefore;
    return {
      ...middle,
      us: cpu / middle.packets,
      cpu: cpu / 1e6 / took,
      packetsPerSecond: middle.packets / took,
      lost: Math.max(0, 1 - received / expected),
    };
  }

  /** Bytes that the worker's JavaScript allocates for each forwarded packet. */
  async heapBytes(seconds: number): Promise<number> {
    await this.publish(1);
    await elapsed(SETTLE);
    process.kill(this.pid, 'SIGUSR2');
    this.request(this.receivers, { type: 'reset' });
    await elapsed(seconds * 1000);
    const { packets } = await this.received();
    process.kill(this.pid, 'SIGUSR2');
    const answer = path.join(this.heapFolder, String(this.pid));
    // A busy worker writes the file late.
    for (let left = MOST_LOOKS; left > 0 && !existsSync(answer); left -= 1) await elapsed(UNDER_WAY);
    await this.publish(0);
    const bytes = Number(readFileSync(answer, 'utf8'));
    rmSync(answer);
    return bytes / packets;
  }

  /** Lets the receivers send as much feedback to the floor as to the worker. */
  async forFloor<T>(port: number, run: () => Promise<T>): Promise<T> {
    this.request(this.receivers, { type: 'feedback', port });
    try {
      return await run();
    } finally {
      this.request(this.receivers, { type: 'feedback', port: 0 });
    }
  }

  /** The highest load of the case. */
  get largestLoad(): number {
    const { videos, grows, rooms } = this.plan;
    if (grows === 'rooms') return rooms / NOMINAL_ROOMS;
    return videos.length > 0 ? 20 : 40;
  }

  private async publish(load: number): Promise<void> {
    const { grows, publishers, rooms } = this.plan;
    const inRooms = grows === 'rooms';
    const active =
      load === 0 ? 0 : inRooms ? Math.min(rooms, Math.round(load * NOMINAL_ROOMS)) * publishers : publishers * rooms;
    this.request(this.publishers, { type: 'publish', active, speed: inRooms || load === 0 ? 1 : load });
    // The answer to the next request shows that the children have read this one.
    await this.expected();
  }

  private async expected(): Promise<number> {
    return (await ask<PublishersReply, 'counts'>(this.publishers, { type: 'counts' }, 'counts')).expected;
  }

  private async received(): Promise<Received> {
    return ask<ReceiversReply, 'counts'>(this.receivers, { type: 'counts' }, 'counts');
  }

  private request(process: ChildProcess, request: PublishersRequest | ReceiversRequest): void {
    process.send(request);
  }

  /**
   * CPU time in microseconds of all threads of the media worker, user and system, from Linux's
   * schedstat (nanoseconds).
   */
  private workerCpu(): number {
    return readdirSync(`/proc/${this.pid}/task`)
      .map((task) => Number(readFileSync(`/proc/${this.pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000)
      .reduce((sum, value) => sum + value, 0);
  }

  private async connect(): Promise<void> {
    const { plan } = this;
    const node = this.host.nodes()[0]!;
    const names = Array.from({ length: plan.rooms }, (_, room) => `room-${room}`);
    const publishing = names.flatMap((room) => members(room, 'publisher', plan.publishers));
    const receiving = names.flatMap((room) => members(room, 'receiver', plan.receivers));
    const capabilities = await Promise.all(names.map((name) => node.openRouter(name)));
    await Promise.all([
      this.connectAll(node, this.publishers, publishing, (remotes) => ({ type: 'connect', remotes, plan })),
      this.connectAll(node, this.receivers, receiving, (remotes) => ({
        type: 'connect',
        remotes,
        perSocket: plan.receiversPerSocket,
      })),
    ]);
    for (const [index, { transportId }] of publishing.entries()) await this.produce(node, transportId, index);
    const ssrcs = [];
    const rtxTypes = new Set<number>();
    for (const { room, number, transportId } of receiving) {
      const rtpCapabilities = capabilities[names.indexOf(room)]!;
      const partners = publishing.filter(
        (publisher) => publisher.room === room && !(plan.ownLeftOut && publisher.number === number),
      );
      const producers = partners.flatMap(({ transportId: id }) => kinds(plan).map((kind) => `${id}-${kind}`));
      const consumers = await Promise.all(
        producers.map((producerId) =>
          node.consume({
            transportId,
            consumerId: `${transportId}-${producerId}`,
            producerId,
            rtpCapabilities,
            paused: false,
          }),
        ),
      );
      for (const { rtpParameters } of consumers) {
        for (const { mimeType, payloadType } of rtpParameters.codecs) {
          if (mimeType === 'video/rtx') rtxTypes.add(payloadType);
        }
      }
      if (plan.videos.length > 1) {
        for (const partner of partners) {
          const { width, height } = plan.videos[shownEncoding(plan, partner.number, number)]!;
          const consumerId = `${transportId}-${partner.transportId}-video`;
          await node.setConsumerPreferences(consumerId, { width, height, visible: true, priority: 'low' });
        }
      }
      ssrcs.push(consumers.map(({ rtpParameters }) => rtpParameters.encodings![0]!.ssrc!));
    }
    this.request(this.receivers, { type: 'report', ssrcs, rtxTypes: [...rtxTypes] });
  }

  /** Opens these transports at the node, and their remote ends in the child. */
  private async connectAll(
    node: MediaNode,
    process: ChildProcess,
    ends: Member[],
    request: (remotes: RemoteTransport[]) => PublishersRequest | ReceiversRequest,
  ): Promise<void> {
    const remotes = await Promise.all(
      ends.map(({ room, transportId }) => node.openTransport({ routerId: room, transportId })),
    );
    const connected = nextMessage<ReceiversReply, 'connected'>(process, 'connected');
    const opened = nextMessage<ReceiversReply, 'opened'>(process, 'opened');
    this.request(process, request(remotes));
    const { fingerprints, ports } = await opened;
    if (ports) this.ports = ports;
    const dtls = (value: string) => ({ role: 'client' as const, fingerprints: [{ algorithm: 'sha-256', value }] });
    await Promise.all(
      ends.map(({ transportId }, index) => node.connectTransport(transportId, dtls(fingerprints[index]!))),
    );
    await connected;
  }

  private async produce(node: MediaNode, transportId: string, index: number): Promise<void> {
    for (const kind of kinds(this.plan)) {
      const rtpParameters = publishedParameters(this.plan.videos, kind, index, transportId);
      await node.produce({ transportId, producerId: `${transportId}-${kind}`, kind, paused: false, rtpParameters });
    }
  }
}

/** The nominal packets a second of the case. */
export function nominalRate(plan: Case): number {
  const rooms = plan.grows === 'rooms' ? NOMINAL_ROOMS : plan.rooms;
  return rooms * plan.publishers * forwardedPerSecond(plan);
}

interface Member {
  room: string;
  number: number;
  transportId: string;
}

function members(room: string, role: string, count: number): Member[] {
  return Array.from({ length: count }, (_, number) => ({ room, number, transportId: `${room}-${role}-${number}` }));
}

function kinds({ videos, sound }: Case): ('video' | 'audio')[] {
  return [...(videos.length > 0 ? (['video'] as const) : []), ...(sound ? (['audio'] as const) : [])];
}

function workerPid(name: string): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
  const pid = children.find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`waterbus-media ${name}-`),
  );
  if (!pid) throw new Error('the media worker has no process');
  return pid;
}

/** Rooms at load 1 in cases that grow by rooms. */
export const NOMINAL_ROOMS = 25;
/** Milliseconds until rates and queues are steady, and until the last packets have arrived. */
const SETTLE = 1_000;
const UNDER_WAY = 300;
/** Half a minute of waits. */
const MOST_LOOKS = 100;
