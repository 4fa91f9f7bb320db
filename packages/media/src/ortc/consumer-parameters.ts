import { MediaError } from '../api/errors.js';
import type { RtpCapabilities, RtpCodecCapability, RtpCodecParameters, RtpParameters } from '../api/types.js';
import { isRed, isRtx, sameCodec } from './codec-match.js';

/** Whether a receiver with these capabilities can decode a producer's streams. */
export function canConsume(consumable: RtpParameters, receiver: RtpCapabilities): boolean {
  return findCapability(consumable.codecs[0]!, receiver) !== undefined;
}

/**
 * The parameters for a receiver. `takeSsrc` answers a fresh SSRC for each call. Throws a
 * `MediaError` with code `cannot-consume` when the receiver lacks the codec.
 */
export function consumerParameters(
  consumable: RtpParameters,
  receiver: RtpCapabilities,
  mid: string,
  takeSsrc: () => number,
): RtpParameters {
  const media = consumable.codecs[0]!;
  const capability = findCapability(media, receiver);
  if (!capability) throw new MediaError('cannot-consume', `the receiver does not take ${media.mimeType}`);
  const codecs = [withCommonFeedback(media, capability)];
  const rtx = consumable.codecs.find(isRtx);
  const takesRtx =
    rtx !== undefined &&
    (receiver.codecs ?? []).some(
      (codec) =>
        isRtx(codec) && codec.clockRate === rtx.clockRate && codec.parameters?.apt === capability.preferredPayloadType,
    );
  if (takesRtx) codecs.push(rtx);
  const red = consumable.codecs.find(isRed);
  if (red && (receiver.codecs ?? []).some((codec) => sameCodec(codec, red))) codecs.push(red);
  // By uri and id only: mediasoup-client keeps one entry for an id that audio and video share.
  const headerExtensions = (consumable.headerExtensions ?? []).filter((extension) =>
    (receiver.headerExtensions ?? []).some(
      (candidate) =>
        candidate.uri === extension.uri &&
        candidate.preferredId === extension.id &&
        candidate.direction !== 'inactive' &&
        candidate.direction !== 'sendonly',
    ),
  );
  // Feedback on packets without the header extension that it counts would be meaningless.
  const hasTransportWide = headerExtensions.some(({ uri }) => uri.includes('transport-wide-cc'));
  if (!hasTransportWide) {
    codecs[0]!.rtcpFeedback = codecs[0]!.rtcpFeedback!.filter(({ type }) => type !== 'transport-cc');
  }
  const ssrc = takeSsrc();
  return {
    mid,
    codecs,
    headerExtensions,
    encodings: [{ ...consumable.encodings?.[0], ssrc, ...(takesRtx ? { rtx: { ssrc: takeSsrc() } } : {}) }],
    rtcp: { ...consumable.rtcp },
  };
}

/**
 * The payload types of mediasoup-client's capabilities are the router's, so codecs are compared by
 * their properties.
 */
function findCapability(codec: RtpCodecParameters, receiver: RtpCapabilities): RtpCodecCapability | undefined {
  return (receiver.codecs ?? []).find((candidate) => !isRtx(candidate) && sameCodec(candidate, codec));
}

function withCommonFeedback(codec: RtpCodecParameters, capability: RtpCodecCapability): RtpCodecParameters {
  return {
    ...codec,
    rtcpFeedback: (codec.rtcpFeedback ?? []).filter((ours) =>
      (capability.rtcpFeedback ?? []).some(
        (theirs) => theirs.type === ours.type && (theirs.parameter ?? '') === (ours.parameter ?? ''),
      ),
    ),
  };
}
