import {
  CodedError,
  decodedVideoCodecs,
  type RtpCapabilities,
  type RtpParameters,
  type VideoCodec,
} from '@waterbus/protocol';
import type { Offer } from './offer.js';
import type { Codec, OfferedStream } from './offered-stream.js';

/** The accepted part of an offered stream: the parameters of its producer, and of the answer. */
export interface TakenStream {
  stream: OfferedStream;
  parameters: RtpParameters;
}

/** The codec for pictures: the meeting's, else the first that all receivers decode. */
export interface CodecWishes {
  preferred?: VideoCodec | undefined;
  /** Of each receiver that has announced its codecs. */
  decoded: readonly (readonly VideoCodec[])[];
}

/**
 * Takes the first sound and the first picture of the offer, each in one codec that the router has.
 * Throws `sdp.unacceptable` when there is neither.
 */
export function chooseStreams(offer: Offer, router: RtpCapabilities, wishes: CodecWishes): TakenStream[] {
  const streams = offer.sections.flatMap(({ stream }) => stream ?? []);
  const taken = (['audio', 'video'] as const).flatMap((kind) => {
    for (const stream of streams) {
      if (stream.kind !== kind) continue;
      const codec = kind === 'audio' ? audioCodec(stream) : videoCodec(stream, router, wishes);
      if (codec) return [{ stream, parameters: parametersOf(stream, codec, router) }];
    }
    return [];
  });
  if (taken.length === 0) throw new CodedError('sdp.unacceptable', 'no stream has a codec of this server');
  return taken;
}

function audioCodec({ codecs }: OfferedStream): Codec | undefined {
  return codecs.find(
    ({ mimeType, clockRate, channels }) =>
      mimeType.toLowerCase() === 'audio/opus' && clockRate === 48_000 && channels === 2,
  );
}

function videoCodec({ codecs }: OfferedStream, router: RtpCapabilities, wishes: CodecWishes): Codec | undefined {
  const routers = decodedVideoCodecs(router);
  const usable = codecs.flatMap((codec) => {
    const [name] = decodedVideoCodecs({ codecs: [{ kind: 'video', ...codec }] });
    return name && routers.includes(name) && codec.clockRate === 90_000 ? [{ codec, name }] : [];
  });
  const preferred = usable.find(({ name }) => name === wishes.preferred);
  const common = usable.find(({ name }) => wishes.decoded.every((decoded) => decoded.includes(name)));
  return (preferred ?? common ?? usable[0])?.codec;
}

/** The intersection of the offered codec, its retransmission and extensions with the router's. */
function parametersOf(stream: OfferedStream, codec: Codec, router: RtpCapabilities): RtpParameters {
  const { kind, encodings, mid, cname } = stream;
  const ours = router.codecs?.find((one) => one.mimeType.toLowerCase() === codec.mimeType.toLowerCase());
  const headerExtensions = extensionsOf(stream, router);
  const transportWide = headerExtensions.some(({ uri }) => uri.includes('transport-wide-cc'));
  const rtcpFeedback = (codec.rtcpFeedback ?? []).filter(
    ({ type, parameter = '' }) =>
      (type !== 'transport-cc' || transportWide) &&
      ours?.rtcpFeedback?.some((one) => one.type === type && (one.parameter ?? '') === parameter),
  );
  const rtx = stream.codecs.find(
    (one) => one.mimeType.toLowerCase() === `${kind}/rtx` && one.parameters?.apt === codec.payloadType,
  );
  const takesRtx = kind === 'video' && rtx !== undefined;
  const { channels, ...withoutChannels } = codec;
  return {
    mid,
    codecs: [
      { ...(kind === 'audio' ? codec : withoutChannels), parameters: answered(codec), rtcpFeedback },
      ...(takesRtx ? [{ ...rtx, parameters: { apt: codec.payloadType }, rtcpFeedback: [] }] : []),
    ],
    headerExtensions,
    encodings: takesRtx ? encodings : encodings.map(({ rtx: _, ...encoding }) => encoding),
    rtcp: { ...(cname !== undefined && { cname }), reducedSize: true },
  };
}

/** Sound is protected against loss by Opus itself (RFC 7587 section 6.1). */
function answered({ mimeType, parameters }: Codec): Record<string, string | number> {
  return { ...parameters, ...(mimeType.toLowerCase() === 'audio/opus' && { useinbandfec: 1 }) };
}

function extensionsOf({ kind, extensions }: OfferedStream, router: RtpCapabilities): { uri: string; id: number }[] {
  const uris = new Set(router.headerExtensions?.filter((one) => one.kind === kind).map(({ uri }) => uri));
  return extensions.filter(({ uri, id }, index) => {
    const first = extensions.findIndex((one) => one.uri === uri || one.id === id) === index;
    return first && uris.has(uri);
  });
}
