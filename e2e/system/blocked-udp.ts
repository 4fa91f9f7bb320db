import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Drops every UDP datagram to this port of this machine, silently, as a firewall in front of it
 * does; returns the function that ends this. Requires root and `nft` of nftables.
 */
export async function blockUdp(port: number): Promise<() => Promise<void>> {
  // A table of its own: deleting it deletes the rule.
  const table = `inet waterbus-no-udp-${port}`;
  await nft(
    `add table ${table}`,
    `add chain ${table} input { type filter hook input priority 0; }`,
    `add rule ${table} input udp dport ${port} drop`,
  );
  return () => nft(`delete table ${table}`);
}

async function nft(...commands: string[]): Promise<void> {
  await promisify(execFile)('nft', [commands.join('\n')]);
}
