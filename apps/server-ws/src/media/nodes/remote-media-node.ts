import { type Bus, BusError, type NodeRecord, type Unsubscribe } from '@waterbus/cluster';
import {
  type CallOutcome,
  type MediaNode,
  MediaNodeError,
  type MediaNodeEvent,
  type MediaNodeLoad,
  type MediaNodeMethod,
  NO_LOAD,
  RemoteCalls,
} from '@waterbus/media-host';
import { CodedError } from '@waterbus/protocol';
import { ask } from '../../bus/ask.js';
import { busTopics } from '../../bus/contract.js';
import { heard } from '../../bus/serve.js';
import type { Refusals } from '../../refusals.js';

/** A media node of another Server WS process, reached through that process over the bus. */
export class RemoteMediaNode extends RemoteCalls implements MediaNode {
  readonly id: string;
  /** Its owner does not listen at this moment. */
  silent = false;
  private readonly listeners = new Set<(event: MediaNodeEvent) => void>();
  private stop: Unsubscribe = () => {};

  private constructor(
    private record: NodeRecord,
    private readonly bus: Bus,
    private readonly ownNodeId: string,
  ) {
    super();
    this.id = record.id;
  }

  static async open(record: NodeRecord, bus: Bus, ownNodeId: string, refusals: Refusals): Promise<RemoteMediaNode> {
    const node = new RemoteMediaNode(record, bus, ownNodeId);
    node.stop = await bus.subscribe(
      busTopics.mediaEvents.of(record.id),
      heard('mediaEvents', refusals, (event) => node.tell(event)),
    );
    return node;
  }

  /** The Server WS node that represents it. */
  get ownerId(): string {
    return this.record.ownerId!;
  }

  /** Accepts nothing new: it drains, or its owner is silent. */
  get draining(): boolean {
    return this.record.draining || this.silent;
  }

  update(record: NodeRecord): void {
    this.record = record;
  }

  load(): MediaNodeLoad {
    return { ...NO_LOAD, ...this.record.load };
  }

  onEvent(listener: (event: MediaNodeEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Its lease has ended. */
  lost(reason: string): void {
    this.stop();
    this.tell({ type: 'lost', reason });
  }

  close(): void {
    this.stop();
  }

  protected async send(method: MediaNodeMethod, args: unknown[]): Promise<CallOutcome> {
    const call = { mediaNodeId: this.id, asker: this.ownNodeId, args };
    try {
      // `RemoteCalls` types each method's arguments; the contract parses them at the receiver.
      const asked: Promise<unknown> = ask(this.bus, this.ownerId, `media.${method}`, call as never);
      return (await asked) as CallOutcome;
    } catch (error) {
      const lost = error instanceof BusError && error.reason === 'no-such-node';
      if (lost) throw new MediaNodeError('node-lost', `${this.id} cannot be reached: ${String(error)}`);
      // Redis is away, or a node is slow: media continue, and the end of the lease shows the loss
      // of the node (R6).
      throw new CodedError('server.unavailable', `${this.id} cannot be reached now`);
    }
  }

  private tell(event: MediaNodeEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}
