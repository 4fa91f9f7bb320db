import { isIPv6 } from 'node:net';
import type { Limits } from '../limits.js';

/**
 * Sockets by address, so that one address cannot take all of them. Only addresses with open sockets
 * are kept.
 */
export class Callers {
  private readonly callers = new Map<string, { sockets: number; joining: number }>();
  private joining = 0;
  private sockets = 0;

  constructor(private readonly limits: Limits) {}

  /** The reason to refuse another socket from an address; undefined: it is accepted. */
  refusal(address: string): string | undefined {
    const { sockets, socketsPerAddress, socketsJoining, socketsJoiningPerAddress } = this.limits;
    if (this.sockets >= sockets) return 'too many sockets';
    if (this.joining >= socketsJoining) return 'too many sockets that have not joined';
    const caller = this.callers.get(network(address));
    if (!caller) return undefined;
    if (caller.sockets >= socketsPerAddress) return 'too many sockets from one address';
    if (caller.joining >= socketsJoiningPerAddress) return 'too many sockets from one address that have not joined';
    return undefined;
  }

  /**
   * Counts a socket until it ends, and as joining until it joins. Both returned functions are
   * idempotent.
   */
  add(address: string): { joined(): void; ended(): void } {
    const key = network(address);
    const caller = this.callers.get(key) ?? { sockets: 0, joining: 0 };
    this.callers.set(key, caller);
    caller.sockets += 1;
    caller.joining += 1;
    this.sockets += 1;
    this.joining += 1;
    let isJoining = true;
    let isOpen = true;
    const joined = () => {
      if (!isJoining) return;
      isJoining = false;
      caller.joining -= 1;
      this.joining -= 1;
    };
    const ended = () => {
      joined();
      if (!isOpen) return;
      isOpen = false;
      caller.sockets -= 1;
      this.sockets -= 1;
      if (caller.sockets === 0) this.callers.delete(key);
    };
    return { joined, ended };
  }

  get figures(): { sockets: number; socketsJoining: number } {
    return { sockets: this.sockets, socketsJoining: this.joining };
  }

  get addresses(): number {
    return this.callers.size;
  }
}

/** An IPv6 subscriber has a /64 of addresses (RFC 6177) and counts as one. */
export function network(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail ? tail.split(':') : [];
  // An embedded IPv4 address at the end stands for two groups.
  const missing = tail === undefined ? 0 : 8 - first.length - last.length - (plain.includes('.') ? 1 : 0);
  const groups = [...first, ...new Array<string>(Math.max(0, missing)).fill('0'), ...last];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
