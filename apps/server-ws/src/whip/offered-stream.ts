import type { MediaKind, RtpParameters } from '@waterbus/protocol';
import type { MediaDescription } from 'sdp-transform';

export type Codec = RtpParameters['codecs'][number];
export type Encoding = NonNullable<RtpParameters['encodings']>[number];

/** What a client does with the streams of its offer: WHIP sends them, WHEP receives them. */
export type Purpose = 'sends' | 'receives';

/** A stream that a media section offers, in the terms of ORTC. */
export interface OfferedStream {
  mid: string;
  kind: MediaKind;
  /** In the order of the client's preference, with those for retransmission. */
  codecs: Codec[];
  extensions: { uri: string; id: number }[];
  /** In ascending quality. */
  encodings: Encoding[];
  /** Of simulcast, in the order of the offer; empty: one encoding. */
  rids: string[];
  cname: string | undefined;
}

/** Values of the wrong form are left out; the media node checks the rest. */
export function streamOf(section: MediaDescription, purpose: Purpose): OfferedStream {
  const kind = section.type as MediaKind;
  const { rids, restrictions } = ridsOf(section);
  const cname = section.ssrcs?.find(({ attribute }) => attribute === 'cname')?.value;
  return {
    mid: String(section.mid),
    kind,
    codecs: codecsOf(section, kind),
    extensions: extensionsOf(section, purpose),
    encodings: rids.length > 0 ? ascending(rids, restrictions).map((rid) => ({ rid })) : [singleEncoding(section)],
    rids,
    cname: cname === undefined ? undefined : String(cname).slice(0, 255),
  };
}

/** Whether streams flow in the direction of the purpose. */
export function flows(direction: string | undefined, purpose: Purpose): boolean {
  const own = purpose === 'sends' ? 'sendonly' : 'recvonly';
  return direction === undefined || direction === 'sendrecv' || direction === own;
}

/** In the order of the first line, which is the client's preference. */
function codecsOf({ payloads = '', rtp, fmtp, rtcpFb = [] }: MediaDescription, kind: MediaKind): Codec[] {
  const codecs: Codec[] = [];
  for (const payloadType of new Set(String(payloads).split(' ').map(Number))) {
    const map = rtp.find(({ payload }) => Number(payload) === payloadType);
    const clockRate = Number(map?.rate);
    if (!map || !/^[\w.+-]{1,58}$/.test(String(map.codec)) || !Number.isInteger(clockRate)) continue;
    const channels = Number(map.encoding ?? 1);
    codecs.push({
      mimeType: `${kind}/${map.codec}`,
      payloadType,
      clockRate,
      ...(kind === 'audio' && { channels }),
      parameters: parametersOf(fmtp.find(({ payload }) => Number(payload) === payloadType)?.config),
      rtcpFeedback: rtcpFb
        .filter(({ payload }) => payload === '*' || Number(payload) === payloadType)
        .slice(0, MOST_FEEDBACK)
        .map(({ type, subtype }) => ({
          type: String(type).slice(0, 32),
          ...(subtype !== undefined && { parameter: String(subtype).slice(0, 32) }),
        })),
    });
  }
  return codecs;
}

/** `a=fmtp`: names with values; others have no meaning for the codecs of this server. */
function parametersOf(config: string | undefined): Record<string, string | number> {
  const pairs = String(config ?? '')
    .split(';')
    .map((pair) => /^\s*([\w-]{1,64})=(.{1,200}?)\s*$/.exec(pair))
    .filter((match) => match !== null)
    .slice(0, MOST_PARAMETERS)
    .map(([, name, value]) => [name!.toLowerCase(), value!] as const);
  return Object.fromEntries(
    pairs.map(([name, value]) => [
      name,
      /^(0|[1-9]\d{0,8})$/.test(value) && !HEXADECIMAL.has(name) ? Number(value) : value,
    ]),
  );
}

function extensionsOf({ ext = [] }: MediaDescription, purpose: Purpose): { uri: string; id: number }[] {
  return ext
    .filter((one) => Number.isInteger(one.value) && one.value >= 1 && one.value <= 255)
    .filter((one) => flows(one.direction, purpose))
    .map((one) => ({ uri: String(one.uri), id: one.value }));
}

/** One stream: by its SSRC where the offer has one, else by the mid in its packets. */
function singleEncoding({ ssrcs = [], ssrcGroups = [] }: MediaDescription): Encoding {
  const pair = ssrcGroups.find(({ semantics }) => semantics === 'FID');
  const [ssrc, rtx] = pair ? String(pair.ssrcs).split(' ').map(Number) : [ssrcs[0] && Number(ssrcs[0].id)];
  return { ...(isSsrc(ssrc) && { ssrc }), ...(isSsrc(ssrc) && isSsrc(rtx) && { rtx: { ssrc: rtx } }) };
}

function isSsrc(value: number | undefined): value is number {
  return Number.isInteger(value) && value! > 0 && value! <= 0xffffffff;
}

/** RFC 8853: of alternatives for one stream the first; paused ones count. */
function ridsOf({ simulcast, rids = [] }: MediaDescription) {
  const sent = simulcast?.dir1 === 'send' ? simulcast.list1 : simulcast?.dir2 === 'send' ? simulcast.list2 : undefined;
  const declared = new Map(
    rids.filter(({ direction }) => direction === 'send').map(({ id, params }) => [String(id), String(params ?? '')]),
  );
  const names = String(sent ?? '')
    .split(';')
    .map((alternatives) => alternatives.split(',')[0]!.replace(/^~/, ''))
    .filter((rid) => /^[\w-]{1,16}$/.test(rid) && declared.has(rid));
  return { rids: [...new Set(names)].slice(0, MOST_ENCODINGS), restrictions: declared };
}

/**
 * The order of quality: by restrictions of size or bit rate (RFC 8851 section 5) where each stream
 * has one, else by names with a known meaning. RFC 8853 section 5.2 lists the preferred stream
 * first, so otherwise the last one is the lowest.
 */
function ascending(rids: readonly string[], restrictions: ReadonlyMap<string, string>): string[] {
  for (const name of ['max-width', 'max-height', 'max-br']) {
    const of = (rid: string) =>
      Number(new RegExp(`(?:^|;)${name}=(\\d{1,9})(?:;|$)`).exec(restrictions.get(rid)!)?.[1]);
    if (rids.every((rid) => of(rid) > 0)) return [...rids].sort((one, other) => of(one) - of(other));
  }
  for (const names of NAMED_LAYERS) {
    if (rids.every((rid) => names.includes(rid)))
      return [...rids].sort((one, other) => names.indexOf(one) - names.indexOf(other));
  }
  return [...rids].reverse();
}

/**
 * Ascending: quarter, half, full; low, medium, high; and as mediasoup and LiveKit clients name
 * them.
 */
const NAMED_LAYERS = [
  ['q', 'h', 'f'],
  ['l', 'm', 'h'],
  ['low', 'medium', 'high'],
  ['low', 'mid', 'high'],
  ['r0', 'r1', 'r2', 'r3'],
];

/** A profile-level-id may consist of digits alone. */
const HEXADECIMAL: ReadonlySet<string> = new Set(['profile-level-id']);

/** The bounds of the protocol's dictionaries and of the media node. */
const MOST_FEEDBACK = 16;
const MOST_PARAMETERS = 32;
const MOST_ENCODINGS = 4;
