import type { TransportParameters } from '@waterbus/protocol';
import type { TakenStream } from './choice.js';
import type { Offer, OfferedSection } from './offer.js';
import type { Purpose } from './offered-stream.js';

/**
 * The answer to an offer: ICE-lite, the passive role of DTLS, one transport for all streams
 * (RFC 9725 section 4.2). `purpose`: the client's. Sections that are not taken are rejected with port 0.
 */
export function writeAnswer(
  offer: Offer,
  taken: readonly TakenStream[],
  transport: TransportParameters,
  purpose: Purpose,
): string {
  const of = (section: OfferedSection) => taken.find(({ stream }) => stream === section.stream);
  const mids = offer.sections.flatMap((section) => of(section)?.stream.mid ?? []);
  const lines = [
    'v=0',
    // Never renegotiated, so one number serves all.
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${mids.join(' ')}`,
    ...(offer.mixesExtensionForms ? ['a=extmap-allow-mixed'] : []),
    'a=msid-semantic: WMS *',
  ];
  for (const section of offer.sections) {
    const stream = of(section);
    if (!stream) lines.push(...rejected(section));
    else
      lines.push(
        ...accepted(section, stream, transport, stream.stream.mid === mids[0]),
        ...streamLines(stream, purpose),
      );
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** The parameters of an ICE session, for the body of an answer to PATCH (RFC 8840 section 9). */
export function iceLines({ iceParameters }: Pick<TransportParameters, 'iceParameters'>): string[] {
  return [`a=ice-ufrag:${iceParameters.usernameFragment}`, `a=ice-pwd:${iceParameters.password}`];
}

function rejected({ type, protocol, formats, mid }: OfferedSection): string[] {
  return [
    `m=${type} 0 ${protocol} ${formats}`,
    'c=IN IP4 0.0.0.0',
    'a=inactive',
    ...(mid === undefined ? [] : [`a=mid:${mid}`]),
  ];
}

/** Candidates are in the section of the transport's tag only (RFC 8843 section 9). */
function accepted(
  { type, protocol }: OfferedSection,
  { stream, parameters }: TakenStream,
  transport: TransportParameters,
  isTag: boolean,
): string[] {
  const { codecs, headerExtensions = [] } = parameters;
  return [
    `m=${type} 9 ${protocol} ${codecs.map(({ payloadType }) => payloadType).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${stream.mid}`,
    ...iceLines(transport),
    ...transport.dtlsParameters.fingerprints.map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    'a=setup:passive',
    ...(isTag ? [...transport.iceCandidates.map(candidateLine), 'a=end-of-candidates'] : []),
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...codecs.flatMap(codecLines),
    ...headerExtensions.map(({ uri, id }) => `a=extmap:${id} ${uri}`),
  ];
}

/** RFC 8839 section 5.1; for TCP RFC 6544 section 4.5. */
function candidateLine(candidate: TransportParameters['iceCandidates'][number]): string {
  const { foundation, protocol, priority, address, port, type, tcpType } = candidate;
  const kind = tcpType === undefined ? `typ ${type}` : `typ ${type} tcptype ${tcpType}`;
  return `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} ${kind}`;
}

function codecLines({
  mimeType,
  payloadType,
  clockRate,
  channels,
  parameters = {},
  rtcpFeedback = [],
}: TakenStream['parameters']['codecs'][number]): string[] {
  const name = mimeType.slice(mimeType.indexOf('/') + 1);
  const format = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
  return [
    `a=rtpmap:${payloadType} ${name}/${clockRate}${channels === undefined || channels === 1 ? '' : `/${channels}`}`,
    ...(format.length > 0 ? [`a=fmtp:${payloadType} ${format.join(';')}`] : []),
    ...rtcpFeedback.map(({ type, parameter }) => `a=rtcp-fb:${payloadType} ${type}${parameter ? ` ${parameter}` : ''}`),
  ];
}

/** The streams of the client, or those that it receives: they have one name, for synchronous play. */
function streamLines({ stream, parameters }: TakenStream, purpose: Purpose): string[] {
  if (purpose === 'sends') return ['a=recvonly', ...simulcastLines(stream.rids)];
  const { encodings = [], rtcp } = parameters;
  return [
    'a=sendonly',
    `a=msid:${rtcp?.cname} ${stream.mid}`,
    ...encodings.flatMap(({ ssrc, rtx }) => [
      ...(rtx ? [`a=ssrc-group:FID ${ssrc} ${rtx.ssrc}`] : []),
      ...[ssrc, rtx?.ssrc].flatMap((one) => (one === undefined ? [] : [`a=ssrc:${one} cname:${rtcp?.cname}`])),
    ]),
  ];
}

function simulcastLines(rids: readonly string[]): string[] {
  if (rids.length === 0) return [];
  return [...rids.map((rid) => `a=rid:${rid} recv`), `a=simulcast:recv ${rids.join(';')}`];
}
