import type {
  DtlsParameters,
  MediaKind,
  RtpCodecParameters,
  RtpHeaderExtensionParameters,
  RtpParameters,
  TransportParameters,
} from '@waterbus/media';

/** Just enough SDP to talk to stacks that know nothing else: ORTC parameters in and out (RFC 8829, RFC 9143). */

export interface OfferedMedia {
  mid: string;
  kind: MediaKind;
  rtpParameters: RtpParameters;
}

/** What a sending peer's offer promises, narrowed to Opus and VP8. */
export function readOffer(sdp: string): OfferedMedia[] {
  return sections(sdp)
    .slice(1)
    .map((lines) => {
      const kind = lines[0]!.slice(2).split(' ')[0] as MediaKind;
      const mid = attribute(lines, 'mid')!;
      const ssrc = Number(attribute(lines, 'ssrc')?.split(' ')[0]);
      const group = attribute(lines, 'ssrc-group')?.split(' ').slice(1).map(Number);
      const rtpParameters: RtpParameters = {
        mid,
        codecs: codecs(lines, kind),
        headerExtensions: headerExtensions(lines),
        encodings: [{ ssrc: group?.[0] ?? ssrc, ...(group?.[1] !== undefined && { rtx: { ssrc: group[1] } }) }],
        rtcp: { cname: /cname:(\S+)/.exec(lines.join('\n'))?.[1] ?? '', reducedSize: true },
      };
      return { mid, kind, rtpParameters };
    });
}

/** `peerRole`: who the peer is in DTLS. Its description may leave the choice open. */
export function readDtls(sdp: string, peerRole: 'client' | 'server'): DtlsParameters {
  const [algorithm, value] = attribute(sdp.split(/\r?\n/), 'fingerprint')!.split(' ');
  return { role: peerRole, fingerprints: [{ algorithm: algorithm!.toLowerCase(), value: value! }] };
}

export function writeAnswer(
  transport: TransportParameters,
  media: OfferedMedia[],
  peerRole: 'client' | 'server',
): string {
  return write(transport, media, 'recvonly', peerRole === 'client' ? 'passive' : 'active');
}

export function writeOffer(transport: TransportParameters, media: OfferedMedia[]): string {
  return write(transport, media, 'sendonly', 'actpass');
}

function write(
  { iceParameters, iceCandidates, dtlsParameters }: TransportParameters,
  media: OfferedMedia[],
  direction: 'recvonly' | 'sendonly',
  setup: 'passive' | 'active' | 'actpass',
): string {
  const { algorithm, value } = dtlsParameters.fingerprints[0]!;
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${media.map(({ mid }) => mid).join(' ')}`,
    'a=msid-semantic: WMS *',
  ];
  for (const { mid, kind, rtpParameters } of media) {
    const { codecs, headerExtensions = [], encodings = [] } = rtpParameters;
    lines.push(
      `m=${kind} 7 UDP/TLS/RTP/SAVPF ${codecs.map((codec) => codec.payloadType).join(' ')}`,
      'c=IN IP4 127.0.0.1',
      `a=mid:${mid}`,
      `a=${direction}`,
      'a=rtcp-mux',
      'a=rtcp-rsize',
      `a=ice-ufrag:${iceParameters.usernameFragment}`,
      `a=ice-pwd:${iceParameters.password}`,
      `a=fingerprint:${algorithm} ${value}`,
      `a=setup:${setup}`,
    );
    for (const codec of codecs) lines.push(...codecLines(codec));
    for (const { uri, id } of headerExtensions) lines.push(`a=extmap:${id} ${uri}`);
    if (direction === 'sendonly') {
      const { ssrc, rtx } = encodings[0]!;
      const cname = rtpParameters.rtcp?.cname || 'waterbus';
      lines.push(`a=msid:stream track-${mid}`);
      if (rtx) lines.push(`a=ssrc-group:FID ${ssrc} ${rtx.ssrc}`);
      lines.push(`a=ssrc:${ssrc} cname:${cname}`);
      if (rtx) lines.push(`a=ssrc:${rtx.ssrc} cname:${cname}`);
    }
    for (const { foundation, priority, address, port } of iceCandidates) {
      lines.push(`a=candidate:${foundation} 1 udp ${priority} ${address} ${port} typ host`);
    }
    lines.push('a=end-of-candidates');
  }
  return `${lines.join('\r\n')}\r\n`;
}

function codecLines({
  payloadType,
  mimeType,
  clockRate,
  channels,
  parameters,
  rtcpFeedback,
}: RtpCodecParameters): string[] {
  const name = `${mimeType.split('/')[1]}/${clockRate}${channels && channels > 1 ? `/${channels}` : ''}`;
  const format = Object.entries(parameters ?? {}).map(([key, value]) => `${key}=${value}`);
  return [
    `a=rtpmap:${payloadType} ${name}`,
    ...(format.length > 0 ? [`a=fmtp:${payloadType} ${format.join(';')}`] : []),
    ...(rtcpFeedback ?? []).map(({ type, parameter }) => `a=rtcp-fb:${payloadType} ${type} ${parameter ?? ''}`.trim()),
  ];
}

function codecs(lines: string[], kind: MediaKind): RtpCodecParameters[] {
  const all = attributes(lines, 'rtpmap').map((line): RtpCodecParameters => {
    const [payloadType, encoding] = line.split(' ');
    const [name, clockRate, channels] = encoding!.split('/');
    const format = attributes(lines, 'fmtp').find((other) => other.startsWith(`${payloadType} `));
    const parameters = Object.fromEntries(
      (format?.slice(format.indexOf(' ') + 1).split(';') ?? []).map((pair) => {
        const [key, value = ''] = pair.trim().split('=');
        return [key!, /^\d+$/.test(value) ? Number(value) : value];
      }),
    );
    return {
      mimeType: `${kind}/${name}`,
      payloadType: Number(payloadType),
      clockRate: Number(clockRate),
      ...(channels && { channels: Number(channels) }),
      parameters,
      rtcpFeedback: attributes(lines, 'rtcp-fb')
        .filter((other) => other.startsWith(`${payloadType} `))
        .map((other) => {
          const [, type, parameter = ''] = other.split(' ');
          return { type: type!, parameter };
        }),
    };
  });
  const main = all.find(({ mimeType }) => /\/(opus|vp8)$/i.test(mimeType))!;
  const rtx = all.find(
    ({ mimeType, parameters }) => /\/rtx$/i.test(mimeType) && parameters!['apt'] === main.payloadType,
  );
  return rtx ? [main, rtx] : [main];
}

function headerExtensions(lines: string[]): RtpHeaderExtensionParameters[] {
  return attributes(lines, 'extmap').map((line) => {
    const [id, uri] = line.split(' ');
    return { id: Number.parseInt(id!, 10), uri: uri! };
  });
}

function sections(sdp: string): string[][] {
  return sdp.split(/\r?\n(?=m=)/).map((section) => section.split(/\r?\n/).filter((line) => line !== ''));
}

function attribute(lines: string[], name: string): string | undefined {
  return attributes(lines, name)[0];
}

function attributes(lines: string[], name: string): string[] {
  return lines.filter((line) => line.startsWith(`a=${name}:`)).map((line) => line.slice(name.length + 3));
}
