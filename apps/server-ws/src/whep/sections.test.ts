import { readdirSync, readFileSync } from 'node:fs';
import { SeededRandom } from '@waterbus/media/testing/random';
import { routerCapabilities } from '@waterbus/media/testing/router-capabilities';
import { CodedError, type RtpCapabilities, rtpParametersSchema } from '@waterbus/protocol';
import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { writeAnswer } from '../whip/answer.js';
import { readOffer } from '../whip/offer.js';
import { takeSections } from './sections.js';

/** Offers of real clients, as they are when the client only receives. */
const FOLDER = new URL('../../test/captures/offers/', import.meta.url);
const offers = new Map(
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sdp'))
    .map((name) => [name.slice(0, -4), receiving(readFileSync(new URL(name, FOLDER), 'utf8'))]),
);

function receiving(text: string): string {
  const lines = text.split(/\r\n|\n/).filter((line) => !/^a=(ssrc|msid|rid|simulcast)\b/.test(line));
  return lines.map((line) => line.replace(/^a=(sendonly|sendrecv)$/, 'a=recvonly')).join('\r\n');
}

const router = routerCapabilities() as RtpCapabilities;
const transport = {
  id: 'transport',
  iceParameters: { usernameFragment: 'server', password: 'a password of the server', iceLite: true },
  iceCandidates: [],
  dtlsParameters: { role: 'auto' as const, fingerprints: [{ algorithm: 'sha-256', value: 'AA:BB' }] },
};

function negotiated(text: string) {
  const offer = readOffer(text, 'receives');
  const taken = takeSections(offer, router, 'meeting');
  return { offer, taken, answer: writeAnswer(offer, taken, transport, 'receives') };
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return 'taken';
}

describe.each([...offers.keys()])('the offer of %s as a player', (name) => {
  const { offer, taken, answer } = negotiated(offers.get(name)!);
  const parsed = parse(answer);

  it('is answered with its own payload types and ids, and SSRCs of the server', () => {
    expect(parsed.media.map(({ type }) => type)).toEqual(offer.sections.map(({ type }) => type));
    for (const { stream, parameters } of taken) {
      expect(rtpParametersSchema.safeParse(parameters).error).toBeUndefined();
      const section = parsed.media.find(({ mid }) => String(mid) === stream.mid)!;
      expect(section.direction).toBe('sendonly');
      const offered = new Map(stream.codecs.map((codec) => [codec.payloadType, codec.mimeType.toLowerCase()]));
      for (const { payloadType, mimeType } of parameters.codecs) {
        expect(offered.get(payloadType)).toBe(mimeType.toLowerCase());
      }
      for (const { uri, id } of parameters.headerExtensions ?? []) {
        expect(stream.extensions).toContainEqual({ uri, id });
      }
      const [encoding] = parameters.encodings!;
      expect(new Set(section.ssrcs!.map(({ id }) => Number(id)))).toEqual(
        new Set([encoding!.ssrc, ...(encoding!.rtx ? [encoding!.rtx.ssrc] : [])]),
      );
    }
    const ssrcs = taken.flatMap(({ parameters }) => parameters.encodings!.map(({ ssrc }) => ssrc));
    expect(new Set(ssrcs).size).toBe(ssrcs.length);
  });
});

it('several sections for sound are taken, and one for pictures; the rest is rejected', () => {
  const lines = offers.get('chromium')!.split('\r\n');
  const starts = [...lines.keys()].filter((at) => lines[at]!.startsWith('m='));
  const sections = starts.map((at, i) => lines.slice(at, starts[i + 1]).filter((line) => line !== ''));
  const [audio, video] = ['m=audio', 'm=video'].map((kind) => sections.find(([line]) => line!.startsWith(kind))!);
  const named = (section: string[], mid: string) => section.map((line) => line.replace(/^a=mid:.*/, `a=mid:${mid}`));
  const head = lines.slice(0, starts[0]).map((line) => line.replace(/^a=group:BUNDLE.*/, 'a=group:BUNDLE a b c d'));
  const text = [
    ...head,
    ...named(audio!, 'a'),
    ...named(video!, 'b'),
    ...named(audio!, 'c'),
    ...named(video!, 'd'),
    '',
  ];
  const { taken, answer } = negotiated(text.join('\r\n'));
  expect(taken.map(({ stream }) => stream.mid)).toEqual(['a', 'b', 'c']);
  expect(parse(answer).media.map(({ port }) => port)).toEqual([9, 9, 9, 0]);
});

it('AV1 needs its descriptor, whose ids need both forms of header extensions', () => {
  const codecs = (text: string) =>
    negotiated(text).taken.flatMap(({ parameters }) => parameters.codecs.map(({ mimeType }) => mimeType));
  const text = offers.get('chromium-simulcast')!;
  expect(codecs(text)).toContain('video/AV1');
  // Browsers do not offer it to receive, unless the page asks.
  expect(codecs(offers.get('chromium-receiving')!)).not.toContain('video/AV1');
  expect(codecs(text.replaceAll('a=extmap-allow-mixed\r\n', ''))).not.toContain('video/AV1');
});

it('any text is taken or refused by a code', () => {
  const random = new SeededRandom(20_261_130);
  const below = (end: number) => Math.floor(random.next() * end);
  const texts = [...offers.values()];
  const outcomes = new Set<string>();
  for (let round = 0; round < 200; round += 1) {
    const lines = texts[below(texts.length)]!.split('\r\n');
    for (let changes = 1 + below(4); changes > 0; changes -= 1) {
      const at = below(lines.length);
      const line = lines[at]!;
      const cut = below(line.length + 1);
      lines[at] = [line.slice(0, cut), line.replace(/\d+/, '999999999999'), lines[below(lines.length)]!, ''][below(4)]!;
    }
    const text = lines.join('\r\n');
    outcomes.add(codeOf(() => expect(negotiated(text).answer).not.toMatch(/undefined|NaN|\r[^\n]|[^\r]\n/)));
  }
  expect([...outcomes].every((code) => code === 'taken' || code.startsWith('sdp.'))).toBe(true);
  expect(outcomes.has('taken')).toBe(true);
});
