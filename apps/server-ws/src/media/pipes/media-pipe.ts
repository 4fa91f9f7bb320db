import { randomUUID } from 'node:crypto';
import type { Clock } from '@waterbus/cluster';
import { type MediaKind, type MediaNode, MediaNodeError } from '@waterbus/media-host';
import { CodedError, type VideoCodec } from '@waterbus/protocol';
import type { MediaDirectory } from '../nodes/media-directory.js';
import type { RouterCapabilities } from '../nodes/router-capabilities.js';
import { CarriedStream } from './carried-stream.js';
import { consumeAll, setSizes } from './carrying.js';
import { forServers } from './far-candidates.js';

export interface PipeContext {
  directory: MediaDirectory;
  capabilities: RouterCapabilities;
  clock: Clock;
  failed(ends: PipeEnds, error: unknown): void;
}

/** The media node of the publishers, and that of the players. */
export interface PipeEnds {
  roomId: string;
  far: string;
  near: string;
}

/** A producer of the room on the far node. */
export interface CarriedProducer {
  producerId: string;
  kind: MediaKind;
  codec?: VideoCodec | undefined;
}

/** A stream of the far node on the near one, until `release`. */
export interface Lease {
  producerId: string;
  release(): void;
}

/**
 * A transport on each of two media nodes, connected with each other, and the streams of one room
 * that it carries. It ends when it has carried nothing for a while, or when one of the transports
 * or nodes ends.
 */
export class MediaPipe {
  /** Of the transports on the far and on the near node. */
  readonly farId = randomUUID();
  readonly nearId = randomUUID();
  isOver = false;
  private readonly streams = new Map<string, CarriedStream>();
  private readonly connected = new Set<string>();
  private readonly opening: Promise<void>;
  private stopLingering = () => {};

  constructor(
    private readonly ends: PipeEnds,
    private readonly context: PipeContext,
    /** `failed`: it was never connected. */
    private readonly ended: (failed: boolean) => void,
  ) {
    this.opening = this.open();
    this.opening.catch((error) => this.fail(error));
  }

  get isFull(): boolean {
    return this.streams.size >= MOST_STREAMS;
  }

  carries(producerId: string): boolean {
    return this.streams.has(producerId);
  }

  /** Undefined for a producer that has closed meanwhile, and when the pipe has ended. */
  async take({ producerId, kind, codec }: CarriedProducer): Promise<Lease | undefined> {
    let stream = this.streams.get(producerId);
    if (!stream) {
      stream = new CarriedStream(producerId, kind, codec);
      this.streams.set(producerId, stream);
      stream.opened = this.carry(stream);
    }
    const taken = stream;
    taken.users += 1;
    taken.stopLingering();
    this.stopLingering();
    if (!(await taken.opened) || !this.isCarried(taken)) return undefined;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.release(taken);
    };
    return { producerId: taken.id, release };
  }

  stateChanged(transportId: string, state: string): void {
    if (state === 'connected') this.connected.add(transportId);
  }

  /** The far node has ended a consumer. */
  streamEnded(consumerId: string): void {
    for (const stream of this.streams.values()) {
      if (!stream.consumerIds.includes(consumerId)) continue;
      this.drop(stream);
      return;
    }
  }

  /** Nothing on the near node wants more than this spatial layer; -1: nothing at all. */
  async wanted(id: string, spatial: number): Promise<void> {
    const stream = this.streamOf(id);
    if (!stream || !(await stream.opened)) return;
    const far = this.node(this.ends.far);
    const { consumerIds, pauses } = stream;
    await pauses.run(() =>
      Promise.all(consumerIds.map((id, i) => (i > spatial ? far.pauseConsumer(id) : far.resumeConsumer(id)))),
    );
  }

  /** `byItself`: nobody wanted its end, so that the path is blocked if it was never connected. */
  end(byItself = false): void {
    if (this.isOver) return;
    this.isOver = true;
    this.stopLingering();
    for (const stream of this.streams.values()) stream.stopLingering();
    this.streams.clear();
    this.ended(byItself && this.connected.size < 2);
    void this.close();
  }

  private async open(): Promise<void> {
    const { roomId: routerId, far, near } = this.ends;
    const { directory } = this.context;
    const [from, to] = await Promise.all([
      this.node(far).openTransport({ routerId, transportId: this.farId }),
      this.node(near).openTransport({ routerId, transportId: this.nearId }),
    ]);
    const [place, other] = [directory.placeOf(far), directory.placeOf(near)];
    const request = { near: to, far: forServers(from, place.endpoints, place.ownerId === other.ownerId) };
    const peer = await this.node(near).openPipe(request);
    await Promise.all([
      this.node(far).connectTransport(this.farId, peer),
      this.node(near).connectTransport(this.nearId, peer),
    ]);
  }

  private async carry(stream: CarriedStream): Promise<boolean> {
    const { id, kind } = stream;
    try {
      await this.opening;
      const rtpCapabilities = await this.context.capabilities.read();
      const far = this.node(this.ends.far);
      const rtpParameters = await consumeAll(far, this.farId, stream, rtpCapabilities);
      const produced = { transportId: this.nearId, producerId: id, kind, rtpParameters, paused: false };
      await this.node(this.ends.near).produce(produced);
      // The sizes of a picture are known when each has arrived.
      if (stream.consumerIds.length > 1) this.context.clock.after(SIZES_KNOWN, () => this.setSizes(stream));
      return true;
    } catch (error) {
      const code = error instanceof MediaNodeError ? error.code : undefined;
      if (code !== 'cannot-consume' && code !== 'not-found') this.fail(error);
      else this.drop(stream);
      return false;
    }
  }

  private setSizes(stream: CarriedStream): void {
    const far = this.context.directory.get(this.ends.far);
    // What ends meanwhile has no sizes.
    if (far && this.isCarried(stream)) setSizes(far, stream).catch(() => {});
  }

  private release(stream: CarriedStream): void {
    stream.users -= 1;
    if (stream.users > 0 || !this.isCarried(stream)) return;
    stream.stopLingering = this.context.clock.after(this.linger, () => this.drop(stream));
  }

  private drop(stream: CarriedStream): void {
    if (!this.isCarried(stream)) return;
    stream.stopLingering();
    this.streams.delete(stream.producerId);
    if (this.streams.size === 0) this.stopLingering = this.context.clock.after(this.linger, () => this.end());
    void this.closeStream(stream);
  }

  /** A draining media node has to become empty. */
  private get linger(): number {
    const draining = this.context.directory.drainingNodes();
    return draining.includes(this.ends.far) || draining.includes(this.ends.near) ? 0 : LINGER;
  }

  private isCarried(stream: CarriedStream): boolean {
    return this.streams.get(stream.producerId) === stream;
  }

  private streamOf(id: string): CarriedStream | undefined {
    for (const stream of this.streams.values()) if (stream.id === id) return stream;
    return undefined;
  }

  /** What is closed already, or on a node that is lost, needs no closing. */
  private async closeStream(stream: CarriedStream): Promise<void> {
    await stream.opened;
    const [far, near] = [this.context.directory.get(this.ends.far), this.context.directory.get(this.ends.near)];
    const consumers = stream.consumerIds.map((id) => far?.closeConsumer(id));
    await Promise.allSettled([near?.closeProducer(stream.id), ...consumers]);
  }

  private async close(): Promise<void> {
    await this.opening.catch(() => {});
    const { directory } = this.context;
    const { far, near } = this.ends;
    const closing = [directory.get(far)?.closeTransport(this.farId), directory.get(near)?.closeTransport(this.nearId)];
    await Promise.allSettled(closing);
  }

  private fail(error: unknown): void {
    if (!this.isOver) this.context.failed(this.ends, error);
    this.end(true);
  }

  private node(mediaNodeId: string): MediaNode {
    const node = this.context.directory.get(mediaNodeId);
    if (!node) throw new CodedError('media_node.not_found');
    return node;
  }
}

/**
 * Milliseconds that a stream without a section is still carried, and a pipe without a stream is
 * kept: two speakers in turn do not open it again and again.
 */
const LINGER = 5000;
/** Milliseconds: encoders begin the larger sizes within two seconds. */
const SIZES_KNOWN = 3000;
/**
 * One media node takes up to 40 Mbit/s and 6,000 packets a second of a transport: that is eight
 * large pictures.
 */
const MOST_STREAMS = 8;
