import {
  AddressFamily,
  Attribute,
  read16,
  read32,
  readXorAddress,
  type StunMessage,
  uint32,
  xorAddressValue,
} from '@waterbus/stun';
import { type Family, familyOf } from '../addresses.js';
import { isChannel } from '../framing/channel-data.js';
import type { Allocation } from './allocation.js';
import { type Answer, type Failure, failure, success } from './answer.js';
import type { TurnEnvironment } from './environment.js';

/** The requests about an allocation that exists (RFC 8656 sections 7.2, 10.2 and 12.2). */

export function refresh(message: StunMessage, allocation: Allocation): Answer {
  const lifetime = lifetimeOf(message);
  const family = requestedFamily(message);
  if (lifetime === undefined || family === 'malformed') return failure(400);
  if (family === 'unknown') return failure(440);
  if (family && !allocation.relays.has(family)) return failure(443);
  if (lifetime > 0) allocation.renew(lifetime * 1000);
  else if (family) allocation.closeRelay(family);
  else allocation.end();
  return success([Attribute.Lifetime, uint32(lifetime)]);
}

export function createPermission(message: StunMessage, allocation: Allocation, environment: TurnEnvironment): Answer {
  const peers = message.values(Attribute.XorPeerAddress).map((value) => readXorAddress(value, message.transactionId));
  if (peers.length === 0) return failure(400);
  const addresses: string[] = [];
  for (const peer of peers) {
    if (!peer) return failure(400);
    const refused = refusedPeer(peer.address, allocation, environment);
    if (refused) return refused;
    addresses.push(peer.address);
  }
  return allocation.permit(addresses) ? success() : failure(508);
}

export function channelBind(message: StunMessage, allocation: Allocation, environment: TurnEnvironment): Answer {
  const number = message.value(Attribute.ChannelNumber);
  const address = message.value(Attribute.XorPeerAddress);
  const peer = address && readXorAddress(address, message.transactionId);
  if (number?.length !== 4 || !peer || !isChannel(read16(number, 0))) return failure(400);
  const refused = refusedPeer(peer.address, allocation, environment);
  if (refused) return refused;
  if (!environment.peers.reach(peer)) return forbidden(allocation, environment);
  const outcome = allocation.bind(read16(number, 0), peer);
  if (outcome === 'bound') return success();
  return failure(outcome === 'conflict' ? 400 : 508);
}

/** The parameters of an Allocate request, or the reason to refuse it (RFC 8656 section 7.2). */
export function allocationWishes(
  message: StunMessage,
  { relays: { families }, peers }: Pick<TurnEnvironment, 'relays' | 'peers'>,
): { ok: true; family: Family; additional: Family | undefined; even: boolean; lifetime: number } | Failure {
  const transport = message.value(Attribute.RequestedTransport);
  if (transport?.length !== 4) return failure(400);
  if (transport[0] !== PROTOCOL_UDP) return failure(442);
  const lifetime = lifetimeOf(message);
  const family = requestedFamily(message);
  const evenPort = message.value(Attribute.EvenPort);
  const additional = message.value(Attribute.AdditionalAddressFamily);
  const token = message.value(Attribute.ReservationToken);
  if (lifetime === undefined || family === 'malformed' || evenPort?.length === 0) return failure(400);
  if (token && (evenPort || family || additional)) return failure(400);
  if (additional && (family || additional[0] !== AddressFamily.IPv6)) return failure(400);
  // No ports are reserved: they serve RTCP on a port of its own, which RFC 8834 has removed.
  if (token || (evenPort && evenPort[0]! >= 0x80)) return failure(508);
  if (family === 'unknown') return failure(440);
  // Clients that know no families, such as browsers, reach nothing from IPv4 when all peers have
  // IPv6 alone.
  const usual = peers.hasFamily(4) || !peers.hasFamily(6) || additional ? 4 : 6;
  if (!families.includes(family ?? usual)) return failure(440);
  return {
    ok: true,
    family: family ?? usual,
    additional: additional ? 6 : undefined,
    even: evenPort !== undefined,
    lifetime: Math.max(lifetime, DEFAULT_LIFETIME),
  };
}

/** The attributes of the response to Allocate. */
export function allocated(allocation: Allocation, message: StunMessage, lifetime: number, mapped: Uint8Array): Answer {
  const relayed = [...allocation.relays.values()].map(
    ({ endpoint }) => [Attribute.XorRelayedAddress, xorAddressValue(endpoint, message.transactionId)] as const,
  );
  return success(...relayed, [Attribute.Lifetime, uint32(lifetime)], [Attribute.XorMappedAddress, mapped]);
}

/** Seconds; undefined if malformed. A request without one gets the default. */
function lifetimeOf(message: StunMessage): number | undefined {
  const value = message.value(Attribute.Lifetime);
  if (!value) return DEFAULT_LIFETIME;
  if (value.length !== 4) return undefined;
  const wanted = read32(value, 0);
  return wanted === 0 ? 0 : Math.min(Math.max(wanted, DEFAULT_LIFETIME), LONGEST_LIFETIME);
}

function requestedFamily(message: StunMessage): Family | 'unknown' | 'malformed' | undefined {
  const value = message.value(Attribute.RequestedAddressFamily);
  if (!value) return undefined;
  if (value.length !== 4) return 'malformed';
  if (value[0] === AddressFamily.IPv4) return 4;
  return value[0] === AddressFamily.IPv6 ? 6 : 'unknown';
}

function refusedPeer(address: string, allocation: Allocation, environment: TurnEnvironment): Failure | undefined {
  const family = familyOf(address);
  if (!family || !allocation.relays.has(family)) return failure(443);
  return environment.peers.hasAddress(address) ? undefined : forbidden(allocation, environment);
}

function forbidden({ owner }: Allocation, { onRefusal }: TurnEnvironment): Failure {
  onRefusal('peer', { user: owner.user });
  return failure(403);
}

/** The protocol number of UDP, the only transport between a TURN server and peers here. */
const PROTOCOL_UDP = 17;

/** Seconds (RFC 8656 section 3.2). */
const DEFAULT_LIFETIME = 600;
const LONGEST_LIFETIME = 3600;
