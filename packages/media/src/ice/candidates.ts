import type { IceCandidate } from '../api/types.js';

export interface AnnouncedAddress {
  address: string;
  port: number;
  /** Default `udp`. */
  protocol?: 'udp' | 'tcp';
}

/**
 * One host candidate for each announced address, in descending preference, and every one of TCP
 * below every one of UDP. The candidates of TCP are passive: peers connect.
 */
export function hostCandidates(announced: readonly AnnouncedAddress[]): IceCandidate[] {
  const all = { udp: [] as IceCandidate[], tcp: [] as IceCandidate[] };
  for (const { address, port, protocol = 'udp' } of announced) {
    const ofProtocol = all[protocol];
    const index = ofProtocol.length;
    ofProtocol.push({
      foundation: `${protocol}${index}`,
      priority: protocol === 'udp' ? udpPriority(index) : tcpPriority(index),
      ip: address,
      address,
      protocol,
      port,
      type: 'host',
      ...(protocol === 'tcp' && { tcpType: 'passive' as const }),
    });
  }
  return [...all.udp, ...all.tcp];
}

/** RFC 8445 section 5.1.2.1. */
function udpPriority(index: number): number {
  return priority(UDP_TYPE_PREFERENCE, 0xffff - Math.min(index, 0xffff));
}

/** RFC 6544 section 4.2: three bits of the local preference are that of the direction. */
function tcpPriority(index: number): number {
  return priority(TCP_TYPE_PREFERENCE, PASSIVE_PREFERENCE * 2 ** 13 + 0x1fff - Math.min(index, 0x1fff));
}

function priority(typePreference: number, localPreference: number): number {
  return typePreference * 2 ** 24 + localPreference * 2 ** 8 + (256 - RTP_COMPONENT);
}

/** Host candidates: RFC 8445 section 5.1.2.2, and libwebrtc's value for TCP. */
const UDP_TYPE_PREFERENCE = 126;
const TCP_TYPE_PREFERENCE = 90;
/** Of a passive host candidate. */
const PASSIVE_PREFERENCE = 4;
/** RTP and RTCP share one component (RFC 8445 section 5.1.1.1, RFC 5761). */
const RTP_COMPONENT = 1;
