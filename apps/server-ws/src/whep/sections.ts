import { randomInt } from 'node:crypto';
import { CodedError, decodedVideoCodecs, type RtpCapabilities, type RtpParameters } from '@waterbus/protocol';
import type { TakenStream } from '../whip/choice.js';
import type { Offer } from '../whip/offer.js';
import type { Codec, OfferedStream } from '../whip/offered-stream.js';

/**
 * The sections of a player's offer that this server fills: the first for pictures, and those for
 * sound; each with all codecs that both have, because the publishers of a meeting may use different
 * ones. Throws `sdp.unacceptable` when there is none.
 */
export function takeSections(offer: Offer, router: RtpCapabilities, name: string): TakenStream[] {
  const streams = offer.sections.flatMap(({ stream }) => stream ?? []);
  const sounds = streams.filter(({ kind }) => kind === 'audio').slice(0, MOST_SOUNDS);
  const wanted = [...sounds, ...streams.filter(({ kind }) => kind === 'video')];
  const ssrcs = new Set<number>();
  const ids = new Map<number, string>();
  const taken: TakenStream[] = [];
  for (const stream of wanted) {
    if (stream.kind === 'video' && taken.some((other) => other.stream.kind === 'video')) continue;
    const headerExtensions = extensionsOf(stream, offer, router, ids);
    const codecs = codecsOf(stream, router, headerExtensions);
    if (codecs.length === 0) continue;
    const rtx = codecs.some(({ mimeType }) => mimeType === REPAIR);
    const encoding = { ssrc: freshSsrc(ssrcs), ...(rtx && { rtx: { ssrc: freshSsrc(ssrcs) } }) };
    const rtcp = { cname: name, reducedSize: true };
    taken.push({ stream, parameters: { mid: stream.mid, codecs, headerExtensions, encodings: [encoding], rtcp } });
  }
  if (taken.length === 0) throw new CodedError('sdp.unacceptable', 'no section has a codec of this server');
  // In the order of the offer, which is that of the answer.
  return taken.sort((one, other) => streams.indexOf(one.stream) - streams.indexOf(other.stream));
}

/** The codecs of the router, in the player's order, each followed by its retransmission. */
function codecsOf(stream: OfferedStream, router: RtpCapabilities, extensions: Extensions): Codec[] {
  const transportWide = extensions.some(({ uri }) => uri.includes('transport-wide-cc'));
  const hasDescriptor = extensions.some(({ uri }) => uri.includes('dependency-descriptor'));
  const codecs: Codec[] = [];
  for (const codec of stream.codecs) {
    const ours = routerCodec(stream, codec, router);
    // Layers of AV1 are only visible in the descriptor.
    if (!ours || (ours.mimeType.toLowerCase() === 'video/av1' && !hasDescriptor)) continue;
    const rtcpFeedback = (codec.rtcpFeedback ?? []).filter(({ type, parameter = '' }) => {
      if (type === 'transport-cc') return transportWide;
      if (type === 'goog-remb') return !transportWide;
      return ours.rtcpFeedback?.some((one) => one.type === type && (one.parameter ?? '') === parameter);
    });
    const { channels, ...withoutChannels } = codec;
    codecs.push({ ...(stream.kind === 'audio' ? codec : withoutChannels), rtcpFeedback });
    const repair = stream.codecs.find(
      ({ mimeType, parameters }) => mimeType.toLowerCase() === REPAIR && parameters?.apt === codec.payloadType,
    );
    if (!repair) continue;
    const { channels: _, ...rest } = repair;
    codecs.push({ ...rest, mimeType: REPAIR, parameters: { apt: codec.payloadType }, rtcpFeedback: [] });
  }
  return codecs;
}

/** The router's codec of this name, if the profile is one that publishers here may use. */
function routerCodec({ kind }: OfferedStream, codec: Codec, router: RtpCapabilities) {
  const name = codec.mimeType.toLowerCase();
  const ours = router.codecs?.find((one) => one.mimeType.toLowerCase() === name && one.clockRate === codec.clockRate);
  if (kind === 'audio') return name === 'audio/opus' && codec.channels === 2 ? ours : undefined;
  return decodedVideoCodecs({ codecs: [{ kind, ...codec }] }).length > 0 ? ours : undefined;
}

type Extensions = NonNullable<RtpParameters['headerExtensions']>;

/** `ids`: those of earlier sections, because an id has one meaning in a bundle (RFC 8843). */
function extensionsOf(stream: OfferedStream, offer: Offer, router: RtpCapabilities, ids: Map<number, string>) {
  const sent = new Set(
    router.headerExtensions
      ?.filter(({ kind, direction }) => kind === stream.kind && direction === 'sendrecv')
      .map(({ uri }) => uri),
  );
  return stream.extensions.filter(({ uri, id }) => {
    const isTaken = (ids.get(id) ?? uri) !== uri || [...ids].some(([other, known]) => known === uri && other !== id);
    // The capture times of different publishers are those of different clocks.
    if (isTaken || id > HIGHEST_ID || !sent.has(uri) || uri.includes('abs-capture-time')) return false;
    // A descriptor may be too long for a one-byte element.
    if (uri.includes('dependency-descriptor') && !offer.mixesExtensionForms) return false;
    ids.set(id, uri);
    return true;
  });
}

function freshSsrc(taken: Set<number>): number {
  for (;;) {
    const ssrc = randomInt(1, 2 ** 32);
    if (taken.has(ssrc)) continue;
    taken.add(ssrc);
    return ssrc;
  }
}

const REPAIR = 'video/rtx';
/** As many as a media node forwards at once by default. */
const MOST_SOUNDS = 8;
/** Of a one-byte element (RFC 8285 section 4.2). */
const HIGHEST_ID = 14;
