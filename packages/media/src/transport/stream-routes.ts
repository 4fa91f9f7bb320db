import type { Producer } from '../forwarding/producer.js';
import { ExtensionKind } from '../rtp/extensions.js';
import type { RtpHeader } from '../rtp/header.js';

/** The destination of the packets of one SSRC. */
export interface StreamRoute {
  readonly producer: Producer;
  /** Index among the producer's streams. */
  readonly index: number;
  /** `retired`: its publisher changed to another SSRC. */
  readonly role: 'media' | 'retransmission' | 'retired';
  readonly isLearnt?: boolean;
}

/**
 * Finds the stream of a packet: by SSRC if parameters or earlier packets named it, else by the mid,
 * rid and repaired rid header extensions (RFC 8843 section 9.2, RFC 8852), whose SSRC is then
 * remembered.
 */
export class StreamRoutes {
  private readonly bySsrc = new Map<number, StreamRoute>();
  private readonly byMid = new Map<string, Producer>();
  /** For producers without a mid. */
  private readonly byRid = new Map<string, Producer>();
  private learnt = 0;
  /** When a retired SSRC may be forgotten for a new one, milliseconds. */
  private forgetAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly maxLearnt: number) {}

  /**
   * Answers the reason for refusal when another producer has one of its SSRCs, its mid or its rids.
   */
  add(producer: Producer): string | undefined {
    const { streams } = producer.encoding;
    const mid = producer.rtpParameters.mid;
    if (mid !== undefined && this.byMid.has(mid)) return `mid ${mid} is in use on this transport`;
    for (const { ssrc, rtxSsrc, rid } of streams) {
      for (const used of [ssrc, rtxSsrc]) {
        if (used !== undefined && this.bySsrc.has(used | 0)) return `ssrc ${used} is in use on this transport`;
      }
      if (mid === undefined && rid !== undefined && this.byRid.has(rid))
        return `rid ${rid} is in use on this transport`;
    }
    for (const [index, { ssrc, rtxSsrc, rid }] of streams.entries()) {
      if (ssrc !== undefined) this.bySsrc.set(ssrc | 0, { producer, index, role: 'media' });
      if (rtxSsrc !== undefined) this.bySsrc.set(rtxSsrc | 0, { producer, index, role: 'retransmission' });
      if (mid === undefined && rid !== undefined) this.byRid.set(rid, producer);
    }
    if (mid !== undefined) this.byMid.set(mid, producer);
    return undefined;
  }

  remove(producer: Producer): void {
    for (const [ssrc, route] of this.bySsrc) {
      if (route.producer !== producer) continue;
      this.bySsrc.delete(ssrc);
      if (route.isLearnt) this.learnt--;
    }
    for (const [mid, other] of this.byMid) if (other === producer) this.byMid.delete(mid);
    for (const [rid, other] of this.byRid) if (other === producer) this.byRid.delete(rid);
  }

  find(ssrc: number): StreamRoute | undefined {
    return this.bySsrc.get(ssrc);
  }

  /** The slow path, for a new SSRC. `now` is milliseconds. */
  learn(header: RtpHeader, bytes: Uint8Array, now: number): StreamRoute | undefined {
    if (this.learnt >= this.maxLearnt && now < this.forgetAt) return undefined;
    // RTX names the stream that it repairs (RFC 8852 section 3.2).
    const rid =
      extensionText(header, bytes, ExtensionKind.Rid) ?? extensionText(header, bytes, ExtensionKind.RepairedRid);
    const mid = extensionText(header, bytes, ExtensionKind.Mid);
    const producer = (mid !== undefined && this.byMid.get(mid)) || this.byRid.get(rid ?? '');
    if (!producer) return undefined;
    const index = indexOf(producer, rid);
    const role = roleOf(producer, header.payloadType);
    if (index < 0 || !role) return undefined;
    if (this.learnt >= this.maxLearnt && !this.forgetRetired()) return undefined;
    this.forgetAt = now + FORGET_INTERVAL;
    const route: StreamRoute = { producer, index, role, isLearnt: true };
    this.learnt++;
    // A publisher that changed to a new SSRC does not return to the old one; alternation would
    // start streams without end.
    if (role === 'media') this.retire(producer, index);
    this.bySsrc.set(header.ssrc, route);
    return route;
  }

  private retire(producer: Producer, index: number): void {
    for (const [ssrc, route] of this.bySsrc) {
      if (route.producer === producer && route.index === index && route.role === 'media')
        this.bySsrc.set(ssrc, { ...route, role: 'retired' });
    }
  }

  /**
   * Removes the learnt SSRC that was retired first. `FORGET_INTERVAL` limits this, because
   * each new one may begin a stream, which takes memory.
   */
  private forgetRetired(): boolean {
    for (const [ssrc, route] of this.bySsrc) {
      if (!route.isLearnt || route.role !== 'retired') continue;
      this.bySsrc.delete(ssrc);
      this.learnt--;
      return true;
    }
    return false;
  }
}

/**
 * The stream of a producer with this rid. A single stream needs none; one of several without a rid
 * cannot be identified.
 */
function indexOf(producer: Producer, rid: string | undefined): number {
  const { streams } = producer.encoding;
  if (streams.length === 1 && (rid === undefined || streams[0]!.rid === undefined)) return 0;
  return rid === undefined ? -1 : streams.findIndex((stream) => stream.rid === rid);
}

function roleOf(producer: Producer, payloadType: number): StreamRoute['role'] | undefined {
  const { encoding } = producer;
  if (payloadType === encoding.payloadType || payloadType === encoding.redPayloadType) return 'media';
  return payloadType === encoding.rtxPayloadType ? 'retransmission' : undefined;
}

/** mid and rid are short ASCII tokens (RFC 8852 section 3.3). */
function extensionText(header: RtpHeader, bytes: Uint8Array, kind: number): string | undefined {
  const offset = header.extensionOffsets[kind]!;
  if (offset === 0) return undefined;
  let text = '';
  for (let i = 0; i < header.extensionLengths[kind]!; i++) text += String.fromCharCode(bytes[offset + i]!);
  return text;
}

/** Milliseconds. No browser changes SSRCs more often. */
const FORGET_INTERVAL = 1000;
