import { isChannel } from '../framing/channel-data.js';
import { type Family, familyOf, readXorAddress, writeXorAddress } from '../stun/address.js';
import { Attribute, FAMILY_IPV4, FAMILY_IPV6, PROTOCOL_UDP } from '../stun/constants.js';
import { attributeOf, type Message } from '../stun/message.js';
import { uint32 } from '../stun/write.js';
import type { Allocation } from './allocation.js';
import { type Answer, type Failure, failure, success } from './answer.js';
import type { TurnEnvironment } from './environment.js';

/** The requests about an allocation that exists (RFC 8656 sections 7.2, 10.2 and 12.2). */

export function refresh(message: Message, allocation: Allocation): Answer {
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

export function createPermission(message: Message, allocation: Allocation, environment: TurnEnvironment): Answer {
  const peers = message.attributes
    .filter(({ type }) => type === Attribute.XorPeerAddress)
    .map(({ value }) => readXorAddress(value, message.transactionId));
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

export function channelBind(message: Message, allocation: Allocation, environment: TurnEnvironment): Answer {
  const number = attributeOf(message, Attribute.ChannelNumber);
  const address = attributeOf(message, Attribute.XorPeerAddress);
  const peer = address && readXorAddress(address, message.transactionId);
  if (number?.length !== 4 || !peer || !isChannel(number.readUInt16BE(0))) return failure(400);
  const refused = refusedPeer(peer.address, allocation, environment);
  if (refused) return refused;
  if (!environment.peers.reach(peer)) return forbidden(allocation, environment);
  const outcome = allocation.bind(number.readUInt16BE(0), peer);
  if (outcome === 'bound') return success();
  return failure(outcome === 'conflict' ? 400 : 508);
}

/** The parameters of an Allocate request, or the reason to refuse it (RFC 8656 section 7.2). */
export function allocationWishes(
  message: Message,
  families: readonly Family[],
): { ok: true; family: Family; additional: Family | undefined; even: boolean; lifetime: number } | Failure {
  const transport = attributeOf(message, Attribute.RequestedTransport);
  if (transport?.length !== 4) return failure(400);
  if (transport[0] !== PROTOCOL_UDP) return failure(442);
  const lifetime = lifetimeOf(message);
  const family = requestedFamily(message);
  const evenPort = attributeOf(message, Attribute.EvenPort);
  const additional = attributeOf(message, Attribute.AdditionalAddressFamily);
  const token = attributeOf(message, Attribute.ReservationToken);
  if (lifetime === undefined || family === 'malformed' || evenPort?.length === 0) return failure(400);
  if (token && (evenPort || family || additional)) return failure(400);
  if (additional && (family || additional[0] !== FAMILY_IPV6)) return failure(400);
  // No ports are reserved: they serve RTCP on a port of its own, which RFC 8834 has removed.
  if (token || (evenPort && evenPort[0]! >= 0x80)) return failure(508);
  if (family === 'unknown' || !families.includes(family ?? 4)) return failure(440);
  return {
    ok: true,
    family: family ?? 4,
    additional: additional ? 6 : undefined,
    even: evenPort !== undefined,
    lifetime: Math.max(lifetime, DEFAULT_LIFETIME),
  };
}

/** The attributes of the response to Allocate. */
export function allocated(allocation: Allocation, message: Message, lifetime: number, mapped: Buffer): Answer {
  const relayed = [...allocation.relays.values()].map(
    ({ endpoint }) => [Attribute.XorRelayedAddress, writeXorAddress(endpoint, message.transactionId)] as const,
  );
  return success(...relayed, [Attribute.Lifetime, uint32(lifetime)], [Attribute.XorMappedAddress, mapped]);
}

/** Seconds; undefined if malformed. A request without one gets the default. */
function lifetimeOf(message: Message): number | undefined {
  const value = attributeOf(message, Attribute.Lifetime);
  if (!value) return DEFAULT_LIFETIME;
  if (value.length !== 4) return undefined;
  const wanted = value.readUInt32BE(0);
  return wanted === 0 ? 0 : Math.min(Math.max(wanted, DEFAULT_LIFETIME), LONGEST_LIFETIME);
}

function requestedFamily(message: Message): Family | 'unknown' | 'malformed' | undefined {
  const value = attributeOf(message, Attribute.RequestedAddressFamily);
  if (!value) return undefined;
  if (value.length !== 4) return 'malformed';
  if (value[0] === FAMILY_IPV4) return 4;
  return value[0] === FAMILY_IPV6 ? 6 : 'unknown';
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

/** Seconds (RFC 8656 section 3.2). */
const DEFAULT_LIFETIME = 600;
const LONGEST_LIFETIME = 3600;
