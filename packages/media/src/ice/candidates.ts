import type { IceCandidate } from '../api/types.js';

export interface AnnouncedAddress {
  address: string;
  port: number;
}

/** One UDP host candidate for each announced address, in descending preference. */
export function hostCandidates(announced: readonly AnnouncedAddress[]): IceCandidate[] {
  return announced.map(({ address, port }, index) => ({
    foundation: `udp${index}`,
    priority: candidatePriority(index),
    ip: address,
    address,
    protocol: 'udp',
    port,
    type: 'host',
  }));
}

/** RFC 8445 section 5.1.2.1: type preference, local preference, component. */
function candidatePriority(index: number): number {
  const localPreference = 0xffff - Math.min(index, 0xffff);
  return HOST_TYPE_PREFERENCE * 2 ** 24 + localPreference * 2 ** 8 + (256 - RTP_COMPONENT);
}

/** RFC 8445 section 5.1.2.2. */
const HOST_TYPE_PREFERENCE = 126;
/** RTP and RTCP share one component (RFC 8445 section 5.1.1.1, RFC 5761). */
const RTP_COMPONENT = 1;
