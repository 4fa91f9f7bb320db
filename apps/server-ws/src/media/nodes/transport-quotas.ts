import { engineLimits } from '@waterbus/media-host';

/** The accounts that a transport counts for. */
export interface Accounts {
  /** Room. */
  room: string;
  /** Network of the client. */
  caller?: string | undefined;
  /** User to whom the meeting belongs. */
  owner?: string | undefined;
}

/**
 * The number of a media node's transports per room, caller and owner, so that none of them can fill
 * a node. Counted at the node, hence over all homes; only accounts with open transports are kept.
 */
export class TransportQuotas {
  private readonly used = new Map<string, number>();

  /** Counts one transport, or returns the account that is over its quota. */
  take(accounts: Accounts): string | undefined {
    const keys = keysOf(accounts);
    const full = keys.find(([kind, key]) => (this.used.get(key) ?? 0) >= QUOTAS[kind]);
    if (full) return full[0];
    for (const [, key] of keys) this.used.set(key, (this.used.get(key) ?? 0) + 1);
    return undefined;
  }

  giveBack(accounts: Accounts): void {
    for (const [, key] of keysOf(accounts)) {
      const left = (this.used.get(key) ?? 1) - 1;
      if (left > 0) this.used.set(key, left);
      else this.used.delete(key);
    }
  }

  get accounts(): number {
    return this.used.size;
  }
}

function keysOf(accounts: Accounts): [keyof Accounts, string][] {
  return KINDS.flatMap((kind): [keyof Accounts, string][] => {
    const id = accounts[kind];
    return id === undefined ? [] : [[kind, `${kind} ${id}`]];
  });
}

const KINDS = ['room', 'caller', 'owner'] as const;

const QUOTAS: Record<keyof Accounts, number> = {
  // A full room on one node: 1,000 participants who send and receive, and half of them once more
  // while they reconnect.
  room: Math.floor(engineLimits.transports * 0.7),
  // An organization behind one address: 500 participants who send and receive.
  caller: Math.floor(engineLimits.transports * 0.25),
  owner: Math.floor(engineLimits.transports * 0.7),
};
