import type { RtpParameters } from '../api/types.js';
import { isRed } from '../ortc/codec-match.js';

/** The RTP of one receiver's copy, as negotiated with it. */
export interface ConsumerFormat {
  /** As int32. */
  ssrc: number;
  payloadType: number;
  clockRate: number;
  canonicalName: string;
  usesTransportWide: boolean;
  /** As int32; 0 without RTX. */
  rtxSsrc: number;
  /** -1 without RTX. */
  rtxPayloadType: number;
  /** The receiver requests lost packets. */
  nack: boolean;
  /** -1 for a receiver that does not take RED. */
  redPayloadType: number;
  /** Its Opus packets may carry the one before (RFC 7587 section 6.1, `useinbandfec`). */
  inbandFec: boolean;
}

export function consumerFormat({ codecs, encodings, headerExtensions, rtcp }: RtpParameters): ConsumerFormat {
  const encoding = encodings![0]!;
  const codec = codecs[0]!;
  return {
    ssrc: encoding.ssrc! | 0,
    payloadType: codec.payloadType,
    clockRate: codec.clockRate,
    canonicalName: rtcp!.cname!,
    usesTransportWide: headerExtensions!.some(({ uri }) => uri.includes('transport-wide-cc')),
    rtxSsrc: (encoding.rtx?.ssrc ?? 0) | 0,
    rtxPayloadType: encoding.rtx ? codecs[1]!.payloadType : -1,
    nack: codec.rtcpFeedback!.some(({ type, parameter }) => type === 'nack' && !parameter),
    redPayloadType: codecs.find(isRed)?.payloadType ?? -1,
    inbandFec: String(codec.parameters?.useinbandfec) === '1',
  };
}
