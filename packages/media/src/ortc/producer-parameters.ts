import { keyFrameDetector } from '../codecs/key-frame.js';
import { MediaError } from '../errors.js';
import type { ProducerEncoding } from '../router/producer.js';
import type { MediaKind, RtpCapabilities, RtpCodecParameters, RtpParameters } from '../types.js';
import { isRtx, sameCodec } from './codec-match.js';

export interface ProducerMapping {
  encoding: ProducerEncoding;
  /** What consumers are made of: the router's payload types and extension ids, no SSRCs. */
  consumable: RtpParameters;
}

/** How a publisher's stream becomes the router's. Throws a `MediaError` when the router cannot take it. */
export function mapProducer(kind: MediaKind, parameters: RtpParameters, router: RtpCapabilities): ProducerMapping {
  const encodings = parameters.encodings ?? [];
  // Of several encodings only the first, which a browser always sends, is forwarded until simulcast is here.
  const first = encodings[0] ?? {};
  const media = mediaCodec(parameters, first.codecPayloadType);
  const rtx = parameters.codecs.find((codec) => isRtx(codec) && codec.parameters?.apt === media.payloadType);
  const routerCodec = router.codecs!.find((codec) => codec.kind === kind && !isRtx(codec) && sameCodec(codec, media));
  const detectKeyFrame = keyFrameDetector(media.mimeType);
  if (!routerCodec || !detectKeyFrame) {
    throw new MediaError('invalid-parameters', `the router does not take ${kind} of ${media.mimeType}`);
  }
  if (first.ssrc === undefined && first.rid === undefined && parameters.mid === undefined) {
    throw new MediaError('invalid-parameters', 'neither ssrc, rid nor mid tells which packets belong to the producer');
  }
  if (first.rtx && !rtx) throw new MediaError('invalid-parameters', 'encodings[0].rtx without an rtx codec');
  checkUnique(parameters);
  const gives = (type: string, parameter: string) =>
    (media.rtcpFeedback ?? []).some((feedback) => feedback.type === type && (feedback.parameter ?? '') === parameter);
  const routerRtx = router.codecs!.find(
    (codec) => isRtx(codec) && codec.parameters?.apt === routerCodec.preferredPayloadType,
  );
  const codecs: RtpCodecParameters[] = [
    {
      mimeType: routerCodec.mimeType,
      payloadType: routerCodec.preferredPayloadType!,
      clockRate: routerCodec.clockRate,
      ...(routerCodec.channels === undefined ? {} : { channels: routerCodec.channels }),
      // The publisher's, because they tell how its stream is coded (`useinbandfec`, `usedtx`, `stereo`).
      parameters: { ...media.parameters },
      rtcpFeedback: routerCodec.rtcpFeedback ?? [],
    },
  ];
  if (routerRtx) {
    codecs.push({
      mimeType: routerRtx.mimeType,
      payloadType: routerRtx.preferredPayloadType!,
      clockRate: routerRtx.clockRate,
      parameters: { apt: routerCodec.preferredPayloadType! },
      rtcpFeedback: [],
    });
  }
  return {
    encoding: {
      payloadType: media.payloadType,
      rtxPayloadType: rtx?.payloadType ?? -1,
      clockRate: media.clockRate,
      nack: gives('nack', ''),
      inbandFec: String(media.parameters?.useinbandfec) === '1',
      fullIntraOnly: gives('ccm', 'fir') && !gives('nack', 'pli'),
      detectKeyFrame,
      ...(first.ssrc === undefined ? {} : { ssrc: first.ssrc }),
      ...(first.rtx === undefined ? {} : { rtxSsrc: first.rtx.ssrc }),
      ...(first.rid === undefined ? {} : { rid: first.rid }),
    },
    consumable: {
      codecs,
      headerExtensions: router
        .headerExtensions!.filter((extension) => extension.kind === kind && extension.direction === 'sendrecv')
        .map(({ uri, preferredId }) => ({ uri, id: preferredId, encrypt: false, parameters: {} })),
      encodings: [{ ...(first.dtx === undefined ? {} : { dtx: first.dtx }) }],
      rtcp: { cname: parameters.rtcp?.cname ?? '', reducedSize: true },
    },
  };
}

function mediaCodec(parameters: RtpParameters, payloadType: number | undefined): RtpCodecParameters {
  const codec = parameters.codecs.find(
    (candidate) => !isRtx(candidate) && (payloadType === undefined || candidate.payloadType === payloadType),
  );
  if (!codec) throw new MediaError('invalid-parameters', 'codecs has no media codec for the encoding');
  return codec;
}

function checkUnique(parameters: RtpParameters): void {
  const payloadTypes = new Set(parameters.codecs.map((codec) => codec.payloadType));
  if (payloadTypes.size !== parameters.codecs.length) {
    throw new MediaError('invalid-parameters', 'codecs has a payload type twice');
  }
  const ssrcs = (parameters.encodings ?? [])
    .flatMap(({ ssrc, rtx }) => [ssrc, rtx?.ssrc])
    .filter((ssrc) => ssrc !== undefined);
  if (new Set(ssrcs).size !== ssrcs.length) throw new MediaError('invalid-parameters', 'encodings has an ssrc twice');
}
