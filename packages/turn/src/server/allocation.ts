import {
  Attribute,
  type Endpoint,
  MessageClass,
  Method,
  TRANSACTION_ID_BYTES,
  writeMessage,
  xorAddressValue,
} from '@waterbus/stun';
import { canonical, type Family, familyOf } from '../addresses.js';
import { writeChannelData } from '../framing/channel-data.js';
import type { Share } from '../usage/accounts.js';
import type { ClientPath, Relay, TurnEnvironment } from './environment.js';

export interface AllocationOwner {
  username: string;
  user: string;
}

/** A client's relay: its permissions, its channels and the packets between client and peers. */
export class Allocation {
  readonly relays = new Map<Family, Relay>();
  /** The response to its request, for a repetition over UDP. */
  answered: { transactionId: Uint8Array; bytes: Uint8Array } | undefined;
  /** Milliseconds on the clock. */
  private expires: number;
  private heard: number;
  /** By the peer's address; the time at which each expires. */
  private readonly permissions = new Map<string, number>();
  private readonly channels = new Map<number, Channel>();
  /** By `name` of the endpoint that stands for the peer. */
  private readonly peers = new Map<string, Peer>();

  constructor(
    private readonly environment: TurnEnvironment,
    private readonly path: ClientPath,
    readonly owner: AllocationOwner,
    private readonly share: Share,
    private readonly onEnd: () => void,
    lifetime: number,
  ) {
    const now = environment.clock.now();
    this.heard = now;
    this.expires = now + lifetime;
  }

  /** A media node has answered lately, which it does for connected transports of a call alone. */
  get isInUse(): boolean {
    return this.environment.clock.now() - this.heard <= IN_USE_TIME;
  }

  /** The time of the last packet from a peer, or of its begin. */
  get heardAt(): number {
    return this.heard;
  }

  /** Of the client's address. */
  get account(): string | undefined {
    return this.path.account;
  }

  get isExpired(): boolean {
    return this.environment.clock.now() >= this.expires;
  }

  /** `lifetime`: milliseconds. */
  renew(lifetime: number): void {
    this.expires = this.environment.clock.now() + lifetime;
  }

  async openRelay(family: Family, even: boolean): Promise<void> {
    const relay = await this.environment.relays.open({
      family,
      even,
      onData: (data, from) => this.fromPeer(data, from),
      onEnd: () => this.end(),
    });
    this.relays.set(family, relay);
  }

  closeRelay(family: Family): void {
    this.relays.get(family)?.close();
    this.relays.delete(family);
    if (this.relays.size === 0) this.end();
  }

  /** False when there are too many. */
  permit(addresses: readonly string[]): boolean {
    const now = this.environment.clock.now();
    for (const [address, expires] of this.permissions) if (expires <= now) this.permissions.delete(address);
    const added = new Set(addresses.filter((address) => !this.permissions.has(address)));
    if (this.permissions.size + added.size > this.environment.limits.permissionsPerAllocation) return false;
    for (const address of addresses) this.permissions.set(address, now + PERMISSION_LIFETIME);
    return true;
  }

  /** Binds a channel, or renews it. Both numbers and peers are bound once at a time. */
  bind(number: number, peer: Endpoint): 'bound' | 'conflict' | 'full' {
    this.dropOldChannels();
    const name = nameOf(peer);
    for (const [other, channel] of this.channels) {
      if ((other === number) !== (nameOf(channel.peer) === name)) return 'conflict';
    }
    const isNew = !this.channels.has(number);
    if (isNew && this.channels.size >= this.environment.limits.channelsPerAllocation) return 'full';
    if (!this.permit([peer.address])) return 'full';
    this.channels.set(number, { peer, expires: this.environment.clock.now() + CHANNEL_LIFETIME });
    return 'bound';
  }

  toChannel(number: number, data: Buffer): void {
    const channel = this.channels.get(number);
    if (channel && channel.expires > this.environment.clock.now()) this.toPeer(channel.peer, data);
  }

  /** Drops what has no permission, no media node or no bandwidth. */
  toPeer(peer: Endpoint, data: Uint8Array): void {
    const { clock, peers, onRefusal } = this.environment;
    const now = clock.now();
    if ((this.permissions.get(peer.address) ?? 0) <= now) return;
    const endpoint = peers.reach(peer);
    if (!endpoint) {
      onRefusal('peer', { user: this.owner.user });
      return;
    }
    const relay = this.relays.get(familyOf(endpoint.address) ?? 4);
    if (!relay || !this.remember(peer, endpoint)) return;
    if (!this.share.relay(data.length, now)) {
      onRefusal('bandwidth', { user: this.owner.user });
      return;
    }
    this.environment.traffic.bytesFromClients += data.length;
    relay.send(data, endpoint);
  }

  /** Idempotent. */
  end(): void {
    const open = [...this.relays.values()];
    this.relays.clear();
    for (const relay of open) relay.close();
    this.share.end();
    this.onEnd();
  }

  private fromPeer(data: Buffer, from: Endpoint): void {
    const { clock, onRefusal } = this.environment;
    const now = clock.now();
    const peer = this.peers.get(nameOf({ address: canonical(from.address), port: from.port }));
    if (!peer || (this.permissions.get(peer.endpoint.address) ?? 0) <= now) return;
    this.heard = now;
    if (!this.share.relay(data.length, now)) {
      onRefusal('bandwidth', { user: this.owner.user });
      return;
    }
    this.environment.traffic.bytesToClients += data.length;
    const number = this.channelOf(peer, now);
    this.path.send(
      number === undefined ? dataIndication(peer.endpoint, data) : writeChannelData(number, data, this.path.isStream),
    );
  }

  private channelOf(peer: Peer, now: number): number | undefined {
    const known = peer.channel === undefined ? undefined : this.channels.get(peer.channel);
    if (known && known.expires > now && known.peer.port === peer.endpoint.port) return peer.channel;
    const name = nameOf(peer.endpoint);
    for (const [number, channel] of this.channels) {
      if (channel.expires > now && nameOf(channel.peer) === name) {
        peer.channel = number;
        return number;
      }
    }
    return undefined;
  }

  /** The peer that an endpoint stands for, for packets from there. */
  private remember(peer: Endpoint, endpoint: Endpoint): boolean {
    const name = nameOf(endpoint);
    if (this.peers.has(name)) return true;
    if (this.peers.size >= this.environment.limits.permissionsPerAllocation) return false;
    this.peers.set(name, { endpoint: peer, channel: undefined });
    return true;
  }

  private dropOldChannels(): void {
    const now = this.environment.clock.now();
    for (const [number, { expires }] of this.channels) if (expires <= now) this.channels.delete(number);
  }
}

interface Channel {
  peer: Endpoint;
  expires: number;
}

interface Peer {
  /** By which the client knows it. */
  endpoint: Endpoint;
  /** The channel of its last packet. */
  channel: number | undefined;
}

function nameOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}

function dataIndication(peer: Endpoint, data: Uint8Array): Uint8Array {
  const transactionId = Buffer.alloc(TRANSACTION_ID_BYTES);
  transactionId.writeUInt32BE(indications++ >>> 0, 8);
  return writeMessage({
    method: Method.Data,
    messageClass: MessageClass.Indication,
    transactionId,
    attributes: [
      [Attribute.XorPeerAddress, xorAddressValue(peer, transactionId)],
      [Attribute.Data, data],
    ],
  });
}

/** Numbers indications: no response belongs to one, so their ids need not be random. */
let indications = 0;

/** Milliseconds (RFC 8656 section 9). */
const PERMISSION_LIFETIME = 5 * 60 * 1000;

/** Milliseconds (RFC 8656 section 12). */
const CHANNEL_LIFETIME = 10 * 60 * 1000;

/** Milliseconds. Browsers check an ICE pair every few seconds, and a media node answers each. */
const IN_USE_TIME = 60_000;
