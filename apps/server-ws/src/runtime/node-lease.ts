import { isDeepStrictEqual } from 'node:util';
import type { Lease, NodeAbout, NodeRegistry } from '@waterbus/cluster';

/** The lease of this Server WS node in the cluster, and its reported state. */
export class NodeLease {
  private lease: Lease | undefined;
  private draining = false;
  private figures: Record<string, number> = {};

  constructor(
    private readonly nodes: NodeRegistry,
    private readonly nodeId: string,
    private readonly about?: NodeAbout | undefined,
  ) {}

  /** Rejects when the id is already held. */
  async start(): Promise<void> {
    const about = this.about && { about: this.about };
    this.lease = await this.nodes.register({ id: this.nodeId, kind: 'ws', draining: false, load: {}, ...about });
  }

  /** The lease expires by itself when the cluster is unreachable. */
  async stop(): Promise<void> {
    await this.lease?.release();
  }

  /** Writes changes only. */
  async reportDraining(draining: boolean): Promise<void> {
    if (draining === this.draining) return;
    await this.lease?.update({ draining });
    this.draining = draining;
  }

  /** Writes changes only. */
  async reportFigures(figures: Record<string, number>): Promise<void> {
    if (isDeepStrictEqual(figures, this.figures)) return;
    await this.lease?.update({ load: figures });
    this.figures = figures;
  }
}
