import { BlockList, isIPv6 } from 'node:net';
import type { Logger } from './messages.js';
import { reflexiveAddress, type StunServer } from './stun-client.js';

export interface PublicAddressesOptions {
  servers: readonly StunServer[];
  logger: Logger;
  /** The families of this host's own addresses. */
  families(): (4 | 6)[];
  /** Replaces the network in tests. */
  query?: (server: StunServer, family: 4 | 6) => Promise<string>;
}

/**
 * The public addresses of this host, one for each family, as STUN servers see them. A server may be
 * wrong or lie: an address counts when it is the only one that the servers report, or more than
 * half of those that answered report it, and when it can be an address of the Internet. Otherwise
 * the addresses found before stay in force.
 */
export class PublicAddresses {
  private readonly found = new Map<4 | 6, string>();
  /** The last warning, so that a lasting trouble is logged once. */
  private warned = '';

  constructor(private readonly options: PublicAddressesOptions) {}

  get current(): string[] {
    return [...this.found.values()];
  }

  /** Queries every server once. Never rejects. */
  async check(): Promise<void> {
    const warnings: string[] = [];
    const families = this.options.families();
    const answers = await Promise.all(families.map(async (family) => this.answersOf(family)));
    for (const [index, family] of families.entries()) this.note(family, answers[index]!, warnings);
    if (answers.every(({ length }) => length === 0)) warnings.push('no STUN server answers');
    const warning = warnings.join('; ');
    if (warning && warning !== this.warned) {
      this.options.logger.warn(
        { servers: this.options.servers, announced: this.current },
        `public address: ${warning}`,
      );
    }
    this.warned = warning;
  }

  private async answersOf(family: 4 | 6): Promise<string[]> {
    const query = this.options.query ?? ((server) => reflexiveAddress(server, { family, deadline: DEADLINE }));
    const answers = await Promise.allSettled(this.options.servers.map((server) => query(server, family)));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  private note(family: 4 | 6, answers: string[], warnings: string[]): void {
    const unusable = answers.filter((address) => !canBePublic(address));
    if (unusable.length > 0)
      warnings.push(`a STUN server reports ${unusable[0]}, which no client on the Internet reaches`);
    const usable = answers.filter(canBePublic);
    const [address] = usable;
    if (address === undefined) return;
    const agreed = mostReported(usable);
    if (agreed === undefined) {
      warnings.push(`the STUN servers disagree (${[...new Set(usable)].join(', ')})`);
      return;
    }
    if (this.found.get(family) === agreed) return;
    this.options.logger.info({ address: agreed, before: this.found.get(family) }, 'public address found');
    this.found.set(family, agreed);
  }
}

/** The address that more than half report. */
function mostReported(addresses: string[]): string | undefined {
  return addresses.find((one) => 2 * addresses.filter((other) => other === one).length > addresses.length);
}

function canBePublic(address: string): boolean {
  // IPv4 addresses in the form of IPv6, loopback and none.
  if (address.startsWith('::')) return false;
  return !RESERVED.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Milliseconds until a STUN server counts as not answering: two retransmissions fit in. */
const DEADLINE = 2_500;

/**
 * The networks of the IANA special-purpose registries (RFC 6890) that the Internet does not route.
 */
const RESERVED = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  RESERVED.addSubnet(network, prefix, 'ipv4');
}
RESERVED.addSubnet('fc00::', 7, 'ipv6');
RESERVED.addSubnet('fe80::', 10, 'ipv6');
RESERVED.addSubnet('ff00::', 8, 'ipv6');
