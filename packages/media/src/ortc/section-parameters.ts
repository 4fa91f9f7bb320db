import { MediaError } from '../api/errors.js';
import type { RtpParameters } from '../api/types.js';
import { extensionUris, routerExtensionIds } from '../rtp/extensions.js';
import { isRed, isRtx, sameCodec } from './codec-match.js';

/**
 * The parameters under which a producer's streams fill a media section of the receiver's offer: its
 * payload types, ids, SSRCs and CNAME. Throws a `MediaError` with code `cannot-consume` when the
 * section lacks the codec.
 */
export function sectionParameters(consumable: RtpParameters, section: RtpParameters): RtpParameters {
  const media = consumable.codecs[0]!;
  const own = section.codecs.find((codec) => !isRtx(codec) && !isRed(codec) && sameCodec(codec, media));
  const encoding = section.encodings?.[0];
  if (!own || encoding?.ssrc === undefined || section.mid === undefined) {
    throw new MediaError('cannot-consume', `the section does not take ${media.mimeType}`);
  }
  const headerExtensions = (section.headerExtensions ?? []).filter(({ uri }) =>
    consumable.headerExtensions?.some((extension) => extension.uri === uri),
  );
  const hasTransportWide = headerExtensions.some(({ uri }) => uri.includes('transport-wide-cc'));
  const feedback = (own.rtcpFeedback ?? []).filter(
    ({ type, parameter = '' }) =>
      (type !== 'transport-cc' || hasTransportWide) &&
      media.rtcpFeedback?.some((ours) => ours.type === type && (ours.parameter ?? '') === parameter),
  );
  const rtx = section.codecs.find((codec) => isRtx(codec) && codec.parameters?.apt === own.payloadType);
  const takesRtx = rtx !== undefined && encoding.rtx !== undefined;
  return {
    mid: section.mid,
    codecs: [
      { ...media, payloadType: own.payloadType, rtcpFeedback: feedback },
      ...(takesRtx ? [{ ...rtx, rtcpFeedback: [] }] : []),
    ],
    headerExtensions,
    encodings: [{ ssrc: encoding.ssrc, ...(takesRtx && { rtx: encoding.rtx! }) }],
    rtcp: { cname: '', ...section.rtcp },
  };
}

/**
 * The receiver's extension ids by the router's. An id has one meaning in a bundle (RFC 8843 section
 * 9.1), so one table serves all sections. Throws a `MediaError` for ids that one-byte elements
 * cannot have, and for those with another meaning in an earlier section.
 */
export function addExtensionIds(ids: Uint8Array, { headerExtensions = [] }: RtpParameters): void {
  for (const { uri, id } of headerExtensions) {
    const router = routerExtensionIds[extensionUris[uri] ?? 0]!;
    if (router === 0) continue;
    const isOther = ids.some((known, at) => known !== 0 && (at === router) !== (known === id));
    if (id > HIGHEST_ID || isOther) {
      throw new MediaError('invalid-parameters', `the extension id ${id} cannot be used`);
    }
    ids[router] = id;
  }
}

/** RFC 8285 section 4.2. */
const HIGHEST_ID = 14;
