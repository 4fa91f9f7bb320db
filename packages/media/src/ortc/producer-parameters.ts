import { MediaError } from '../api/errors.js';
import type {
  MediaKind,
  RtpCapabilities,
  RtpCodecCapability,
  RtpCodecParameters,
  RtpEncodingParameters,
  RtpParameters,
} from '../api/types.js';
import { canClassify } from '../codecs/classifier.js';
import { MAX_SPATIAL_LAYERS } from '../codecs/frame-info.js';
import { isRed, isRtx, sameCodec } from './codec-match.js';
import type { ProducerEncoding, StreamIdentity } from './producer-encoding.js';

export interface ProducerMapping {
  encoding: ProducerEncoding;
  /**
   * The template of consumers' parameters: the router's payload types and extension ids, no SSRCs.
   */
  consumable: RtpParameters;
}

/**
 * Maps a publisher's stream to the router's. Throws a `MediaError` when the router cannot take it.
 */
export function mapProducer(kind: MediaKind, parameters: RtpParameters, router: RtpCapabilities): ProducerMapping {
  const encodings = parameters.encodings ?? [];
  const first = encodings[0] ?? {};
  const media = mediaCodec(parameters, first.codecPayloadType);
  const rtx = parameters.codecs.find((codec) => isRtx(codec) && codec.parameters?.apt === media.payloadType);
  const routerCodec = router.codecs!.find((codec) => codec.kind === kind && !isRtx(codec) && sameCodec(codec, media));
  if (!routerCodec || !canClassify(media.mimeType)) {
    throw new MediaError('invalid-parameters', `the router does not take ${kind} of ${media.mimeType}`);
  }
  const streams = streamIdentities(parameters, rtx !== undefined);
  const layers = layersOf(parameters, media.mimeType.toLowerCase());
  checkUnique(parameters);
  const gives = (type: string, parameter: string) =>
    (media.rtcpFeedback ?? []).some((feedback) => feedback.type === type && (feedback.parameter ?? '') === parameter);
  const red = parameters.codecs.find((codec) => isRed(codec) && sameRate(codec, media));
  return {
    encoding: {
      payloadType: media.payloadType,
      redPayloadType: red?.payloadType ?? -1,
      rtxPayloadType: rtx?.payloadType ?? -1,
      clockRate: media.clockRate,
      nack: gives('nack', ''),
      inbandFec: String(media.parameters?.useinbandfec) === '1',
      fullIntraOnly: gives('ccm', 'fir') && !gives('nack', 'pli'),
      mimeType: media.mimeType.toLowerCase(),
      ...layers,
      streams,
    },
    consumable: {
      codecs: consumableCodecs(kind, media, routerCodec, router),
      headerExtensions: router
        .headerExtensions!.filter((extension) => extension.kind === kind && extension.direction === 'sendrecv')
        .map(({ uri, preferredId }) => ({ uri, id: preferredId, encrypt: false, parameters: {} })),
      encodings: [{ ...(first.dtx === undefined ? {} : { dtx: first.dtx }) }],
      rtcp: { cname: parameters.rtcp?.cname ?? '', reducedSize: true },
    },
  };
}

/** The codecs of the template: the media's, RTX and RED as far as the router has them. */
function consumableCodecs(
  kind: MediaKind,
  media: RtpCodecParameters,
  routerCodec: RtpCodecCapability,
  router: RtpCapabilities,
): RtpCodecParameters[] {
  const routerRtx = router.codecs!.find(
    (codec) => isRtx(codec) && codec.parameters?.apt === routerCodec.preferredPayloadType,
  );
  const codecs: RtpCodecParameters[] = [
    {
      mimeType: routerCodec.mimeType,
      payloadType: routerCodec.preferredPayloadType!,
      clockRate: routerCodec.clockRate,
      ...(routerCodec.channels === undefined ? {} : { channels: routerCodec.channels }),
      // The publisher's parameters, because they describe how its stream is coded (`useinbandfec`,
      // `usedtx`, `stereo`).
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
  // Receivers get RED whether or not the publisher sends it: the engine builds it anew.
  const routerRed =
    kind === 'audio' ? router.codecs!.find((codec) => isRed(codec) && sameRate(codec, media)) : undefined;
  if (routerRed) {
    const { mimeType, preferredPayloadType, clockRate, channels, parameters } = routerRed;
    codecs.push({
      ...{ mimeType, payloadType: preferredPayloadType!, clockRate },
      ...(channels === undefined ? {} : { channels }),
      parameters: { ...parameters },
      rtcpFeedback: [],
    });
  }
  return codecs;
}

/** The identities by which the packets of each encoding are recognized, ascending in quality. */
function streamIdentities(parameters: RtpParameters, hasRtx: boolean): StreamIdentity[] {
  const encodings = parameters.encodings?.length ? parameters.encodings : [{}];
  if (encodings.length > MAX_SPATIAL_LAYERS) {
    throw new MediaError('invalid-parameters', `encodings has more than ${MAX_SPATIAL_LAYERS} members`);
  }
  for (const [i, { ssrc, rid, rtx }] of encodings.entries()) {
    if (ssrc === undefined && rid === undefined && (encodings.length > 1 || parameters.mid === undefined)) {
      throw new MediaError(
        'invalid-parameters',
        `encodings[${i}] has neither ssrc nor rid to recognize its packets by`,
      );
    }
    if (rtx && !hasRtx) throw new MediaError('invalid-parameters', `encodings[${i}].rtx without an rtx codec`);
  }
  return ascending(encodings).map(({ ssrc, rid, rtx }) => ({
    ...(ssrc === undefined ? {} : { ssrc }),
    ...(rtx === undefined ? {} : { rtxSsrc: rtx.ssrc }),
    ...(rid === undefined ? {} : { rid }),
  }));
}

/** Layers within each stream, by the `scalabilityMode`s (W3C webrtc-svc section 6). */
function layersOf(parameters: RtpParameters, mimeType: string): { spatialLayers: number; temporalLayers: number } {
  const encodings = parameters.encodings ?? [];
  const layers = { spatialLayers: 1, temporalLayers: 1 };
  for (const [i, { scalabilityMode }] of encodings.entries()) {
    if (scalabilityMode === undefined) continue;
    const [, kind, spatial, temporal] = SCALABILITY_MODE.exec(scalabilityMode) ?? [];
    const refuse = (reason: string): never => {
      throw new MediaError('invalid-parameters', `encodings[${i}].scalabilityMode ${scalabilityMode} ${reason}`);
    };
    if (!kind) refuse('is unknown');
    if (kind === 'S') refuse('puts independent layers into one stream; send them as encodings of their own');
    if (Number(spatial) > 1 && encodings.length > 1) refuse('has spatial layers within one of several encodings');
    if (Number(spatial) > 1 && !SPATIAL_CODECS.includes(mimeType)) refuse(`is none of ${mimeType}`);
    layers.spatialLayers = Math.max(layers.spatialLayers, Number(spatial));
    layers.temporalLayers = Math.max(layers.temporalLayers, Number(temporal));
  }
  return layers;
}

/**
 * Browsers list the lowest encoding first; a list in another order must show it by sizes or bit
 * rates.
 */
function ascending(encodings: readonly RtpEncodingParameters[]): RtpEncodingParameters[] {
  const by = (quality: (encoding: RtpEncodingParameters) => number | undefined) =>
    encodings.every((encoding) => quality(encoding) !== undefined)
      ? [...encodings].sort((a, b) => quality(a)! - quality(b)!)
      : undefined;
  return (
    by(({ scaleResolutionDownBy }) => scaleResolutionDownBy && -scaleResolutionDownBy) ??
    by(({ maxBitrate }) => maxBitrate) ?? [...encodings]
  );
}

function sameRate(one: { clockRate: number }, other: { clockRate: number }): boolean {
  return one.clockRate === other.clockRate;
}

function mediaCodec(parameters: RtpParameters, payloadType: number | undefined): RtpCodecParameters {
  const codec = parameters.codecs.find(
    (candidate) =>
      !isRtx(candidate) && !isRed(candidate) && (payloadType === undefined || candidate.payloadType === payloadType),
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
  const rids = (parameters.encodings ?? []).map(({ rid }) => rid).filter((rid) => rid !== undefined);
  if (new Set(rids).size !== rids.length) throw new MediaError('invalid-parameters', 'encodings has a rid twice');
}

/** As many layers as `codecs/` distinguishes. */
const SCALABILITY_MODE = /^([LS])([1-4])T([1-4])h?(?:_KEY(?:_SHIFT)?)?$/;
const SPATIAL_CODECS: readonly string[] = ['video/vp9', 'video/av1'];
