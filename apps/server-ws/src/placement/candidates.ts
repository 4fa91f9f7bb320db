import { isOpen, type PlacedRoom, place, publishingCost } from './place.js';
import { type Report, ReportedNode } from './reported-node.js';

/** The media nodes of the cluster, as known to this Server WS for placement. */
export class Candidates {
  private readonly nodes = new Map<string, ReportedNode>();
  /** Without a report since the last interval: the registry emits changes only. */
  private readonly silent = new Set<string>();

  get all(): ReadonlyMap<string, ReportedNode> {
    return this.nodes;
  }

  /** Whether a media node accepts new work. */
  get hasOpen(): boolean {
    for (const node of this.nodes.values()) if (isOpen(node)) return true;
    return false;
  }

  update(id: string, { local, draining, load }: { local: boolean; draining: boolean; load: Report }): void {
    let node = this.nodes.get(id);
    if (!node) {
      node = new ReportedNode(id, local);
      this.nodes.set(id, node);
    }
    node.draining = draining;
    node.report(load);
    this.silent.delete(id);
  }

  drain(id: string, draining: boolean): void {
    const node = this.nodes.get(id);
    if (node) node.draining = draining;
  }

  remove(id: string): void {
    this.nodes.delete(id);
    this.silent.delete(id);
  }

  /**
   * Must be called after each report interval: a node without a new report would have repeated its
   * last one. `load` returns the last report.
   */
  interval(load: (id: string) => Report | undefined): void {
    for (const id of this.silent) {
      const same = load(id);
      if (same) this.nodes.get(id)?.report(same);
    }
    for (const id of this.nodes.keys()) this.silent.add(id);
  }

  /**
   * The media node for a publisher of the room, counted at once so that the next placement includes
   * it.
   */
  place(room: PlacedRoom, except?: string): string | undefined {
    const id = place(this.nodes, room, except);
    if (id !== undefined) this.nodes.get(id)!.expect(publishingCost(room.participants));
    return id;
  }
}
