import type { Endpoint } from '@waterbus/stun';
import type { Family } from '../src/addresses.js';
import { defaultTurnLimits, type TurnLimits } from '../src/limits.js';
import type { ClientPath, Clock, Relay, Relays, TurnEnvironment } from '../src/server/environment.js';
import type { TurnClient } from '../src/server/turn-client.js';
import { TurnCore } from '../src/server/turn-core.js';
import { TestTurnClient, type TurnClientOptions } from './turn-client.js';

export const SECRET = 'the secret of the tests';
export const NODE: Endpoint = { address: '203.0.113.5', port: 40_000 };
export const NODE_INSIDE: Endpoint = { address: '10.0.0.5', port: 40_000 };
export const NODE_IPV6: Endpoint = { address: '2001:db8::5', port: 40_000 };
export const STRANGER: Endpoint = { address: '198.51.100.7', port: 53 };

/** Stands still until `at` is set. */
export class TestClock implements Clock {
  at = 0;
  now = () => this.at;
  date = () => START + this.at;
  after = () => () => {};
}

export class MemoryRelay implements Relay {
  readonly sent: { data: string; to: Endpoint }[] = [];
  closed = false;

  constructor(
    readonly family: Family,
    readonly endpoint: Endpoint,
    readonly receive: (data: Buffer, from: Endpoint) => void,
    readonly fail: () => void,
  ) {}

  send(data: Uint8Array, to: Endpoint): void {
    this.sent.push({ data: Buffer.from(data).toString(), to });
  }

  close(): void {
    this.closed = true;
  }
}

class MemoryRelays implements Relays {
  readonly families: Family[] = [4, 6];
  readonly opened: MemoryRelay[] = [];
  full = false;

  async open({ family, even, onData, onEnd }: Parameters<Relays['open']>[0]): Promise<Relay> {
    if (this.full) throw new Error('no port is free');
    const address = family === 4 ? '192.0.2.1' : '2001:db8::1';
    const port = 50_000 + this.opened.length * 2 + (even ? 0 : 1);
    const relay = new MemoryRelay(family, { address, port }, onData, onEnd);
    this.opened.push(relay);
    return relay;
  }
}

/** A TURN server in memory, with one media node behind NAT. */
export class MemoryWorld {
  readonly clock = new TestClock();
  readonly relays = new MemoryRelays();
  readonly refused: string[] = [];
  readonly traffic = { bytesFromClients: 0, bytesToClients: 0 };
  readonly core: TurnCore;
  /** The families of the media node. */
  nodeFamilies: Family[] = [4, 6];
  /** The media node runs. */
  nodeIsUp = true;

  constructor(limits: Partial<TurnLimits> = {}) {
    const environment: TurnEnvironment = {
      clock: this.clock,
      secret: SECRET,
      realm: 'test',
      limits: { ...defaultTurnLimits, ...limits },
      peers: {
        hasFamily: (family) => this.nodeIsUp && this.nodeFamilies.includes(family),
        hasAddress: (address) => this.nodeIsUp && [NODE.address, NODE_IPV6.address].includes(address),
        reach: ({ address, port }) => {
          if (!this.nodeIsUp || port !== NODE.port) return undefined;
          if (address === NODE.address) return NODE_INSIDE;
          return address === NODE_IPV6.address ? NODE_IPV6 : undefined;
        },
      },
      relays: this.relays,
      traffic: this.traffic,
      onRefusal: (kind) => this.refused.push(kind),
    };
    this.core = new TurnCore(environment);
  }

  client(options: Partial<TurnClientOptions> & { isStream?: boolean; account?: string; remote?: Endpoint } = {}) {
    const { isStream = false, account = '192.0.2.77', remote = { address: '192.0.2.77', port: 1234 } } = options;
    const path: ClientPath = { remote, isStream, account, send: (bytes) => client.receive(Buffer.from(bytes)) };
    const server = this.core.client(path);
    const expires = Math.floor(this.clock.date() / 1000) + 3600;
    const client = new TestTurnClient({ secret: SECRET, expires, send: (bytes) => server.receive(bytes), ...options });
    return { client, server };
  }

  /** A client with an allocation. */
  async allocated(
    options: Parameters<MemoryWorld['client']>[0] = {},
  ): Promise<{ client: TestTurnClient; server: TurnClient; relay: MemoryRelay }> {
    const { client, server } = this.client(options);
    client.allocate();
    client.allocate();
    await settled();
    return { client, server, relay: this.relays.opened.at(-1)! };
  }
}

export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const START = Date.UTC(2026, 0, 1);
