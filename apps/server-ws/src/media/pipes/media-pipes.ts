import type { Unsubscribe } from '@waterbus/cluster';
import type { MediaNodeEvent } from '@waterbus/media-host';
import { type CarriedProducer, type Lease, MediaPipe, type PipeContext, type PipeEnds } from './media-pipe.js';

/** A stream of another media node that a player of `near` needs. */
export interface PipedStream extends PipeEnds, CarriedProducer {}

/**
 * The pipes between media nodes for the players at home here, which have a single transport. Two
 * nodes have one pipe for each room, and another one when that is full.
 */
export class MediaPipes {
  private readonly pipes = new Map<MediaPipe, PipeEnds>();
  /** By pair of nodes without a path between them: the end of the time without another attempt. */
  private readonly blocked = new Map<string, number>();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly context: PipeContext) {}

  get size(): number {
    return this.pipes.size;
  }

  /** False for a while after a pipe between the two nodes could not be connected. */
  reaches(far: string, near: string): boolean {
    return (this.blocked.get(pairOf({ far, near })) ?? 0) <= this.context.clock.now();
  }

  /** Its producer on the near node, while it is not released; undefined when there is none. */
  async take({ producerId, kind, codec, ...ends }: PipedStream): Promise<Lease | undefined> {
    if (!this.reaches(ends.far, ends.near)) return undefined;
    const between = [...this.pipes].filter(([, other]) => isSame(other, ends)).map(([pipe]) => pipe);
    const open = between.find((pipe) => pipe.carries(producerId)) ?? between.find((pipe) => !pipe.isFull);
    return (open ?? this.open(ends)).take({ producerId, kind, codec });
  }

  /** Called when a pipe has ended. */
  onEnd(listener: () => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  handle(mediaNodeId: string, event: MediaNodeEvent): void {
    if (this.pipes.size === 0) return;
    for (const [pipe, { far, near }] of [...this.pipes]) {
      const transportId = mediaNodeId === far ? pipe.farId : mediaNodeId === near ? pipe.nearId : undefined;
      if (transportId === undefined) continue;
      if (event.type === 'lost') pipe.end();
      else if (event.type === 'consumer.closed') pipe.streamEnded(event.consumerId);
      else if (!('transportId' in event) || event.transportId !== transportId) continue;
      else if (event.type === 'transport.closed') pipe.end(true);
      else if (event.type === 'transport.state') pipe.stateChanged(transportId, event.state);
      else if (event.type === 'producer.wanted') this.wanted(pipe, event.producerId, event.spatial);
    }
  }

  /** Of all pipes. */
  transports(): { id: string; mediaNodeId: string }[] {
    return [...this.pipes].flatMap(([{ farId, nearId }, { far, near }]) => [
      { id: farId, mediaNodeId: far },
      { id: nearId, mediaNodeId: near },
    ]);
  }

  close(): void {
    for (const pipe of [...this.pipes.keys()]) pipe.end();
  }

  private open(ends: PipeEnds): MediaPipe {
    const { clock } = this.context;
    const pipe = new MediaPipe(ends, this.context, (failed) => {
      this.pipes.delete(pipe);
      for (const [pair, until] of this.blocked) if (until <= clock.now()) this.blocked.delete(pair);
      if (failed) this.blocked.set(pairOf(ends), clock.now() + RETRY_AFTER);
      for (const listener of [...this.listeners]) listener();
    });
    this.pipes.set(pipe, ends);
    return pipe;
  }

  private wanted(pipe: MediaPipe, id: string, spatial: number): void {
    // A pipe that cannot be changed now carries a picture that nobody sees, until it is released.
    pipe.wanted(id, spatial).catch(() => {});
  }
}

function isSame(one: PipeEnds, other: PipeEnds): boolean {
  return one.roomId === other.roomId && one.far === other.far && one.near === other.near;
}

function pairOf({ far, near }: Pick<PipeEnds, 'far' | 'near'>): string {
  return `${far} ${near}`;
}

/** Milliseconds: the path between two servers rarely changes. */
const RETRY_AFTER = 30_000;
