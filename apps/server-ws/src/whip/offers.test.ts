import { readdirSync, readFileSync } from 'node:fs';
import { SeededRandom } from '@waterbus/media/testing/random';
import { routerCapabilities } from '@waterbus/media/testing/router-capabilities';
import { CodedError, type RtpCapabilities, rtpParametersSchema } from '@waterbus/protocol';
import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { writeAnswer } from './answer.js';
import { type CodecWishes, chooseStreams } from './choice.js';
import { readFragment } from './fragment.js';
import { readOffer } from './offer.js';

/** Offers of real clients; libdatachannel is the stack of OBS Studio. */
const FOLDER = new URL('../../test/captures/offers/', import.meta.url);
const offers = new Map(
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sdp'))
    .map((name) => [name.slice(0, -4), readFileSync(new URL(name, FOLDER), 'utf8')]),
);
const sending = [...offers.keys()].filter((name) => !name.endsWith('-receiving'));

const router = routerCapabilities() as RtpCapabilities;
const transport = {
  id: 'transport',
  iceParameters: { usernameFragment: 'server', password: 'a password of the server', iceLite: true },
  iceCandidates: [
    { ...host('192.0.2.7'), protocol: 'udp' as const, port: 40_000 },
    { ...host('192.0.2.7'), protocol: 'tcp' as const, port: 40_000, tcpType: 'passive' as const },
  ],
  dtlsParameters: { role: 'auto' as const, fingerprints: [{ algorithm: 'sha-256', value: 'AA:BB' }] },
};

function host(address: string) {
  return { foundation: 'host', priority: 1_078_862_079, ip: address, address, type: 'host' as const };
}

function negotiated(text: string, wishes: CodecWishes = { decoded: [] }) {
  const offer = readOffer(text, 'sends');
  const taken = chooseStreams(offer, router, wishes);
  return { offer, taken, answer: writeAnswer(offer, taken, transport, 'sends') };
}

const codecs = (text: string, wishes?: CodecWishes) =>
  negotiated(text, wishes).taken.map(({ parameters }) => parameters.codecs.map(({ mimeType }) => mimeType));

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return 'taken';
}

describe.each(sending)('the offer of %s', (name) => {
  const { offer, taken, answer } = negotiated(offers.get(name)!);
  const parsed = parse(answer);

  it('is taken as one sound and one picture within the bounds of the protocol', () => {
    expect(taken.map(({ stream }) => stream.kind)).toEqual(['audio', 'video']);
    for (const { parameters } of taken) {
      expect(rtpParametersSchema.parse(parameters)).toEqual(parameters);
      expect(parameters.mid).toBeDefined();
    }
  });

  it('gets an answer of an ICE-lite, passive server with one transport', () => {
    const offered = parse(offers.get(name)!).media;
    expect(parsed.media.map(({ type }) => type)).toEqual(offered.map(({ type }) => type));
    expect(parsed.media.map(({ mid }) => mid)).toEqual(offered.map(({ mid }) => mid));
    expect(parsed.icelite).toBe('ice-lite');
    const open = parsed.media.filter(({ port }) => port !== 0);
    expect(parsed.groups).toEqual([{ type: 'BUNDLE', mids: open.map(({ mid }) => mid).join(' ') }]);
    for (const section of open) {
      expect(section).toMatchObject({ setup: 'passive', direction: 'recvonly', rtcpMux: 'rtcp-mux' });
      expect(section).toMatchObject({ iceUfrag: 'server', fingerprint: { type: 'sha-256', hash: 'AA:BB' } });
    }
    expect(open.map(({ candidates }) => candidates?.length ?? 0)).toEqual([2, 0]);
    expect(open[0]!.candidates![1]).toMatchObject({ transport: 'tcp', tcptype: 'passive' });
  });

  it('gets formats, extensions and feedback that it has offered, by its own numbers', () => {
    for (const [index, section] of parsed.media.entries()) {
      if (section.port === 0) continue;
      const offered = parse(offers.get(name)!).media[index]!;
      for (const { payload, codec } of section.rtp)
        expect(offered.rtp.find((one) => one.payload === payload)?.codec).toBe(codec);
      for (const { value, uri } of section.ext ?? [])
        expect(offered.ext?.find((one) => one.value === value)?.uri).toBe(uri);
      for (const feedback of section.rtcpFb ?? []) expect(offered.rtcpFb).toContainEqual(feedback);
      expect(section.rtcpFb?.some(({ type }) => type === 'goog-remb') ?? false).toBe(false);
    }
    expect(offer.sections).toHaveLength(parsed.media.length);
  });
});

it('Chromium: Opus and VP8 with retransmission, feedback for the whole transport', () => {
  expect(codecs(offers.get('chromium')!)).toEqual([['audio/opus'], ['video/VP8', 'video/rtx']]);
  const [, video] = negotiated(offers.get('chromium')!).taken;
  const feedback = video!.parameters.codecs[0]!.rtcpFeedback!.map(({ type }) => type);
  expect(feedback).toEqual(['transport-cc', 'ccm', 'nack', 'nack']);
  expect(video!.parameters.encodings).toEqual([{ ssrc: expect.any(Number), rtx: { ssrc: expect.any(Number) } }]);
});

it('libdatachannel: H.264 by SSRC, without extensions', () => {
  const [audio, video] = negotiated(offers.get('libdatachannel')!).taken;
  expect(audio!.parameters.encodings).toEqual([{ ssrc: 1001 }]);
  expect(video!.parameters).toMatchObject({
    codecs: [{ mimeType: 'video/H264', payloadType: 96 }],
    headerExtensions: [],
    encodings: [{ ssrc: 1002 }],
  });
});

it('Firefox: VP8 of a single stream by SSRC, of two by rid in ascending quality', () => {
  expect(negotiated(offers.get('firefox')!).taken[1]!.parameters.encodings).toEqual([
    { ssrc: expect.any(Number), rtx: { ssrc: expect.any(Number) } },
  ]);
  const { taken, answer } = negotiated(offers.get('firefox-simulcast')!);
  expect(taken[1]!.parameters.encodings).toEqual([{ rid: 'low' }, { rid: 'high' }]);
  expect(answer).toContain('a=simulcast:recv high;low\r\n');
});

it('GStreamer: a section of the bundle without a port of its own is taken', () => {
  expect(offers.get('gstreamer')).toMatch(/m=audio 0 .*(\r\n(?!m=).*)*a=bundle-only/);
  expect(codecs(offers.get('gstreamer')!)).toEqual([['audio/OPUS'], ['video/VP8']]);
});

it('simulcast: streams in ascending quality, a data channel is rejected', () => {
  const { taken, answer } = negotiated(offers.get('chromium-simulcast')!);
  expect(taken[1]!.parameters.encodings).toEqual([{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }]);
  expect(answer).toContain('a=simulcast:recv q;h;f\r\n');
  expect(answer).toContain('a=rid:h recv\r\n');
  expect(answer).toContain('m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n');

  // RFC 8853 lists the preferred stream first; restrictions of size come before that.
  const renamed = offers.get('chromium-simulcast')!.replaceAll(/\b(rid:|send |;)([qhf])\b/g, '$1x$2');
  expect(negotiated(renamed).taken[1]!.parameters.encodings).toEqual([{ rid: 'xf' }, { rid: 'xh' }, { rid: 'xq' }]);
  const sized = renamed
    .replace('rid:xq send', 'rid:xq send max-width=640')
    .replace('rid:xh send', 'rid:xh send max-width=1280');
  expect(negotiated(sized.replace('rid:xf send', 'rid:xf send max-width=1920')).taken[1]!.stream.encodings).toEqual([
    { rid: 'xq' },
    { rid: 'xh' },
    { rid: 'xf' },
  ]);
});

it('pictures: the codec of the meeting, else one that all receivers decode, else the client’s first', () => {
  const chromium = offers.get('chromium')!;
  const video = (wishes: CodecWishes) => codecs(chromium, wishes)[1]![0];
  expect(video({ preferred: 'vp9', decoded: [] })).toBe('video/VP9');
  expect(video({ decoded: [['vp8', 'h264'], ['h264']] })).toBe('video/H264');
  expect(video({ decoded: [['vp8'], ['h264']] })).toBe('video/VP8');
  expect(codecs(offers.get('libdatachannel')!, { preferred: 'vp9', decoded: [['vp8']] })[1]).toEqual(['video/H264']);
});

it('refuses offers that it cannot take, with the reason', () => {
  const base = offers.get('libdatachannel')!;
  const refused = (text: string) => codeOf(() => negotiated(text));
  expect(refused(base)).toBe('taken');
  expect(refused('')).toBe('sdp.invalid');
  expect(refused('{"sdp": "v=0"}')).toBe('sdp.invalid');
  expect(refused(base.replaceAll(/a=fingerprint.*\r\n/g, ''))).toBe('sdp.invalid');
  expect(refused(base.replaceAll(/a=ice-pwd.*\r\n/g, ''))).toBe('sdp.invalid');
  expect(refused(base.replaceAll('a=mid:1', 'a=mid:0'))).toBe('sdp.invalid');
  expect(refused(base.replaceAll('sha-256', 'sha-1'))).toBe('sdp.unacceptable');
  expect(refused(base.replaceAll('actpass', 'passive'))).toBe('sdp.unacceptable');
  expect(refused(offers.get('chromium-receiving')!)).toBe('sdp.unacceptable');
  expect(refused(base.replaceAll('opus', 'pcmu').replaceAll('H264', 'H265'))).toBe('sdp.unacceptable');
  // A section outside of the bundle would need a transport of its own.
  expect(codecs(base.replace('a=group:BUNDLE 0 1', 'a=group:BUNDLE 0'))).toEqual([['audio/opus']]);
});

it('any text is taken or refused by a code; an answer has no line of the offer’s making', () => {
  const random = new SeededRandom(20_261_129);
  const below = (end: number) => Math.floor(random.next() * end);
  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  for (let round = 0; round < 1000; round += 1) {
    const lines = offers.get(sending[below(sending.length)]!)!.split('\r\n');
    for (let changes = 1 + below(4); changes > 0; changes -= 1) {
      const at = below(lines.length);
      const line = lines[at]!;
      const other = lines[below(lines.length)]!;
      const cut = below(line.length + 1);
      lines[at] = [
        line.slice(0, cut) + WILD[below(WILD.length)] + line.slice(cut + below(4)),
        line.replace(/\d+/, () => String(NUMBERS[below(NUMBERS.length)])),
        other,
        '',
        line.slice(0, cut),
      ][below(5)]!;
    }
    const text = lines.join('\r\n');
    count(codeOf(() => expect(negotiated(text).answer).not.toMatch(/__injected|\r[^\n]|[^\r]\n|undefined|NaN/)));
    count(`fragment ${codeOf(() => readFragment(text.slice(below(text.length))))}`);
  }
  expect([...outcomes.keys()].sort()).toEqual([
    'fragment sdp.invalid',
    'fragment taken',
    'sdp.invalid',
    'sdp.unacceptable',
    'taken',
  ]);
  expect(outcomes.get('taken')).toBeGreaterThan(200);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

const WILD = ['\0', ' ', ':', ';', '=', '/', '\u2028', '__proto__=1', '\r\na=__injected', '-1', 'é', '~', '*', '%'];
const NUMBERS = [-1, 0, 1, 127, 128, 255, 65_536, 2 ** 32, 2 ** 53, 1e21, '007', 'x'];
