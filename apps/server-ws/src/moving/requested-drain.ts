import type { NodeRegistry } from '@waterbus/cluster';
import { CodedError, type NodeDrain } from '@waterbus/protocol';
import { DRAIN_DEADLINE, type Drain } from './drain.js';

/** Drains that an administrator requests, beside those of a process that stops. */
export class RequestedDrain {
  private isStopping = false;
  private isRequested = false;

  constructor(
    private readonly drain: Pick<Drain, 'begin' | 'cancel' | 'reported'>,
    private readonly nodes: Pick<NodeRegistry, 'list'>,
    private readonly nodeId: string,
  ) {}

  /** The process stops, or no longer does. Meanwhile a request cannot change its drain. */
  stopping(isStopping: boolean): void {
    this.isStopping = isStopping;
    if (!isStopping) this.isRequested = false;
  }

  /**
   * Resolves when the cluster has the new state, so that the next request to another node finds it.
   * Rejects with `node.last` and `server.draining`.
   */
  async request({ draining }: NodeDrain): Promise<void> {
    if (this.isStopping) throw new CodedError('server.draining');
    if (!draining) {
      if (this.isRequested) this.drain.cancel();
      this.isRequested = false;
      await this.drain.reported();
      return;
    }
    const others = (await this.nodes.list('ws')).filter((node) => node.id !== this.nodeId && !node.draining);
    if (others.length === 0) throw new CodedError('node.last');
    this.isRequested = true;
    void this.drain.begin(DRAIN_DEADLINE);
    await this.drain.reported();
  }
}
