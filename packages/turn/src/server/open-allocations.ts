import type { FullAccount } from '../usage/accounts.js';
import type { Allocation } from './allocation.js';

/** The allocations of all clients. */
export class OpenAllocations {
  private readonly all = new Set<Allocation>();

  add(allocation: Allocation): void {
    this.all.add(allocation);
  }

  delete(allocation: Allocation): void {
    this.all.delete(allocation);
  }

  /**
   * Makes room in a full account of a client: ends the allocation to which no media node has sent
   * for longest. False: all of the account are in use. Browsers allocate wherever they know a relay
   * and use few of their allocations, which must not keep out those who reach nothing without one.
   */
  endUnused(full: FullAccount, address: string | undefined, user: string): boolean {
    let unused: Allocation | undefined;
    for (const allocation of this.all) {
      if (full === 'address' && allocation.account !== address) continue;
      if (full === 'user' && allocation.owner.user !== user) continue;
      if (!allocation.isInUse && allocation.heardAt < (unused?.heardAt ?? Number.POSITIVE_INFINITY)) {
        unused = allocation;
      }
    }
    unused?.end();
    return unused !== undefined;
  }
}
