import type { Bus, NodeEndpoint, NodeRecord, Unsubscribe } from '@waterbus/cluster';
import {
  type CallOutcome,
  type MediaCallName,
  type MediaNode,
  type MediaNodeEvent,
  type MediaNodeLoad,
  NO_LOAD,
  RemoteCalls,
} from '@waterbus/media-host';
import type { Refusals } from '../../refusals.js';
import { callRemote, subscribeMediaEvents } from './media-calls.js';

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
    node.stop = await subscribeMediaEvents(record.id, bus, refusals, (event) => node.emit(event));
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

  endpoints(): readonly NodeEndpoint[] {
    return this.record.endpoints ?? [];
  }

  onEvent(listener: (event: MediaNodeEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Its lease has ended. */
  lost(reason: string): void {
    this.stop();
    this.emit({ type: 'lost', reason });
  }

  close(): void {
    this.stop();
  }

  protected send(name: MediaCallName, args: unknown[]): Promise<CallOutcome> {
    const address = { mediaNodeId: this.id, ownerId: this.ownerId, asker: this.ownNodeId };
    return callRemote(this.bus, address, name, args);
  }

  private emit(event: MediaNodeEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}
