import type { MediaNode } from '@waterbus/media-host';
import { CodedError } from '@waterbus/protocol';
import { Serial } from '../../time/serial.js';
import type { Direction } from './own-media.js';

/**
 * The work of one participant on media nodes. Work on sending through one media node runs in order,
 * and so does work on receiving, so that no request sees the partial state of another; sending and
 * receiving there need not wait for each other.
 */
export class NodeQueues {
  /** Accepts no work any more. */
  closed = false;
  private readonly queues = new Map<string, Record<Direction, Serial>>();

  constructor(private readonly nodes: { get(mediaNodeId: string): MediaNode | undefined }) {}

  async run<T>(mediaNodeId: string, direction: Direction, work: (node: MediaNode) => Promise<T>): Promise<T> {
    let queues = this.queues.get(mediaNodeId);
    if (!queues) {
      // The client chose the id: nothing is kept for one that does not exist.
      this.node(mediaNodeId);
      queues = { send: new Serial(), receive: new Serial() };
      this.queues.set(mediaNodeId, queues);
    }
    return queues[direction].run(async () => work(this.node(mediaNodeId)));
  }

  mediaNodeIds(): Iterable<string> {
    return this.queues.keys();
  }

  /** For a lost media node. Work that waits there detects the loss by itself. */
  forget(mediaNodeId: string): void {
    this.queues.delete(mediaNodeId);
  }

  /** Resolves after the work under way on a media node. */
  async settled(mediaNodeId: string, direction: Direction): Promise<void> {
    await this.queues.get(mediaNodeId)?.[direction].run(async () => {});
  }

  /** Resolves after all work under way. */
  async allSettled(): Promise<void> {
    const queues = [...this.queues.values()].flatMap(({ send, receive }) => [send, receive]);
    await Promise.allSettled(queues.map((queue) => queue.run(async () => {})));
  }

  private node(mediaNodeId: string): MediaNode {
    if (this.closed) throw new CodedError('session.expired');
    const node = this.nodes.get(mediaNodeId);
    if (!node) throw new CodedError('media_node.not_found');
    return node;
  }
}
