import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { participantQualitySchema } from './adaptive.js';
import { clientRequests } from './client-requests.js';
import { CodedError, type ErrorCode, errorCatalogue } from './errors.js';
import { idSchema, MEETING_CODE_ALPHABET, meetingCodeSchema } from './ids.js';
import { joinTokenClaimsSchema, resumeTokenClaimsSchema } from './join-token.js';
import { dtlsParametersSchema, rtpCapabilitiesSchema, rtpParametersSchema } from './media.js';
import { displayNameSchema, storedNameSchema } from './names.js';
import {
  accountAuditEventsSchema,
  administratorAuditEventsSchema,
  createMeetingRequestSchema,
  joinMeetingRequestSchema,
  joinMeetingResponseSchema,
  meetingAuditEventsSchema,
  meetingTitleSchema,
  messageTextSchema,
  problemSchema,
} from './rest/index.js';
import { roomEventSchema, roomSnapshotSchema } from './room.js';
import { roomRecordSchema } from './room-records.js';
import { serverEvents } from './server-events.js';

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

it('a quality with publishers that are not understood is read by peers of an earlier version', () => {
  const { quality } = serverEvents;
  const one = { participantId: 'ben', quality: 'poor', limitation: 'download' };
  const event = { participants: [{ ...one, unintelligible: ['ada'] }] };
  const before = participantQualitySchema.omit({ unintelligible: true });
  expect(quality.parse(event)).toEqual(event);
  expect(quality.parse({ participants: [one] })).toEqual({ participants: [one] });
  expect(before.parse(event.participants[0])).toEqual(one);
  const many = Array.from({ length: 51 }, (_, i) => `p-${i}`);
  expect(takes(quality, { participants: [{ ...one, unintelligible: many }] })).toBe(false);
});

describe('ids', () => {
  it('accepts every code of the alphabet in its pattern, and no similar text', () => {
    const letters = (length: number) =>
      fc.string({ unit: fc.constantFrom(...MEETING_CODE_ALPHABET), minLength: length, maxLength: length });
    fc.assert(
      fc.property(letters(3), letters(4), letters(3), (a, b, c) => {
        expect(takes(meetingCodeSchema, `${a}-${b}-${c}`)).toBe(true);
        for (const near of [
          `${a}${b}${c}`,
          `${a}-${b}-${c}\n`,
          ` ${a}-${b}-${c}`,
          `${a}-${b}-${c}a`,
          `${a}-${b}-${c}`.toUpperCase(),
        ]) {
          expect(takes(meetingCodeSchema, near)).toBe(false);
        }
      }),
    );
  });

  it('has no letter in codes that can be mistaken for another one', () => {
    expect(MEETING_CODE_ALPHABET).not.toMatch(/[iloquvwy]/);
    expect(new Set(MEETING_CODE_ALPHABET).size).toBe(MEETING_CODE_ALPHABET.length);
  });

  it.each(['a', 'A-9_x.y:z', 'x'.repeat(64)])('accepts the id %s', (id) => expect(takes(idSchema, id)).toBe(true));
  it.each(['', 'x'.repeat(65), 'a b', 'a/b', 'a\n', 'é', '*'])('refuses the id %j', (id) => {
    expect(takes(idSchema, id)).toBe(false);
  });

  it.each([displayNameSchema, meetingTitleSchema])(
    'trims what is shown and refuses what could break a line',
    (schema) => {
      expect(schema.parse('  Ada Lovelace 👩‍💻 \t')).toBe('Ada Lovelace 👩‍💻');
      expect(schema.parse(`  Zoe\u0308\u00a0\u3000 A\u200bd\u00ad\ufeffa\u200f `)).toBe('Zoë Ada');
      for (const kept of ['👩‍👩‍👧', 'می‌خواهم', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '❤️', 'Ⅻ', 'עדה', '张伟', '\ud55c\uae00', '.', '\uf8ff'])
        expect(schema.parse(kept)).toBe(kept);
      for (const text of ['', '  ', 'a\nb', 'a\u0000b', 'a\u202eb', 'a\u2066b', 'x'.repeat(121)]) {
        expect(takes(schema, text)).toBe(false);
      }
    },
  );

  it.each([
    ...['\u200b', '\ufeff', '\u00ad', '\u2060', '\u180e', '\u3164', '\u115f', '\uffa0', '\u2800', '\u200d\u200c'],
    ...['\u00a0', '\u3000 \u2003', '\ufe0f', '\u0301', '\u20dd', '\u{e0041}', '\u{1d173}', '\u200b \u200b'],
  ])('refuses %j, without a visible character, as a name, a title and a message', (text) => {
    for (const schema of [displayNameSchema, meetingTitleSchema, messageTextSchema]) {
      expect(takes(schema, text)).toBe(false);
      expect(takes(schema, `${text}a`)).toBe(true);
    }
    // Text that an earlier version stored is shown.
    expect(takes(storedNameSchema, text)).toBe(true);
  });
});

describe('error catalogue', () => {
  it('has an HTTP error status and a sentence for every code', () => {
    for (const [code, { status, title }] of Object.entries(errorCatalogue)) {
      expect(code).toMatch(/^[a-z_]+\.[a-z_]+$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(title).toMatch(/^[A-Z].*[^.]$/);
      expect(takes(problemSchema, { type: 'about:blank', title, status, code })).toBe(true);
    }
  });

  it('shows its code and its detail', () => {
    expect(new CodedError('meeting.full').message).toBe('meeting.full');
    expect(new CodedError('meeting.full', '1000 are in').message).toBe('meeting.full: 1000 are in');
    const unknown = 'no.such' as ErrorCode;
    expect(takes(problemSchema, { type: 'x', title: 'x', status: 400, code: unknown })).toBe(false);
  });
});

describe('REST bodies', () => {
  it('refuse unknown fields', () => {
    expect(takes(createMeetingRequestSchema, { title: 'T' })).toBe(true);
    expect(takes(createMeetingRequestSchema, { title: 'T', x: 1 })).toBe(false);
    expect(takes(joinMeetingRequestSchema, { name: 'A', password: '' })).toBe(true);
    expect(takes(joinMeetingRequestSchema, { name: 'A', role: 'host' })).toBe(false);
  });

  it('bound passwords', () => {
    expect(takes(createMeetingRequestSchema, { title: 'T', password: '123456' })).toBe(true);
    expect(takes(createMeetingRequestSchema, { title: 'T', password: '12345' })).toBe(false);
    expect(takes(createMeetingRequestSchema, { title: 'T', password: 'x'.repeat(129) })).toBe(false);
  });
});

describe('tokens', () => {
  const claims = {
    aud: 'waterbus:join',
    jti: 'j',
    sub: 'p',
    roomId: 'r',
    meetingCode: 'abc-defg-hjk',
    name: 'Ada',
    role: 'guest',
    grants: { publish: ['microphone'], subscribe: true, moderate: false, hidden: false },
    iat: 1,
    exp: 2,
  };

  it('R8: are distinguished by their audience', () => {
    expect(takes(joinTokenClaimsSchema, claims)).toBe(true);
    expect(takes(resumeTokenClaimsSchema, claims)).toBe(false);
    expect(takes(resumeTokenClaimsSchema, { ...claims, aud: 'waterbus:resume' })).toBe(true);
    expect(takes(joinTokenClaimsSchema, { ...claims, aud: 'waterbus:resume' })).toBe(false);
  });

  it.each(Object.keys(claims))('R8: are bound to %s', (claim) => {
    expect(takes(joinTokenClaimsSchema, { ...claims, [claim]: undefined })).toBe(false);
  });
});

describe('signalling', () => {
  const audio = { kind: 'audio', mimeType: 'audio/opus', preferredPayloadType: 100, clockRate: 48000, channels: 2 };
  const rtpParameters = {
    codecs: [
      { mimeType: 'video/VP8', payloadType: 96, clockRate: 90000, parameters: { 'x-google-start-bitrate': 1000 } },
    ],
    encodings: [{ ssrc: 0xffffffff, rtx: { ssrc: 1 }, rid: 'h', scalabilityMode: 'L1T3' }],
    rtcp: { cname: 'c', reducedSize: true },
  };
  const dtlsParameters = { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: 'AB:01' }] };
  const rtpCapabilities = { codecs: [audio], headerExtensions: [] };
  const examples = {
    join: { token: 't', protocolVersion: 1 },
    resume: { resumeToken: 't', protocolVersion: 1 },
    sync: {},
    capabilities: {},
    iceServers: {},
    'transport.open': { direction: 'receive', mediaNodeId: 'm' },
    'transport.connect': { transportId: 't', dtlsParameters },
    'transport.restartIce': { transportId: 't' },
    'transport.credentials': {
      transportId: 't',
      iceParameters: { usernameFragment: 'u', password: 'p', iceLite: false },
    },
    'transport.close': { transportId: 't' },
    produce: { transportId: 't', kind: 'video', source: 'camera', rtpParameters },
    'producer.pause': { producerId: 'p' },
    'producer.resume': { producerId: 'p' },
    'producer.close': { producerId: 'p' },
    subscribe: { participantId: 'p', transportId: 't', rtpCapabilities },
    unsubscribe: { participantId: 'p' },
    'consumer.pause': { consumerId: 'c' },
    'consumer.resume': { consumerId: 'c' },
    'consumer.close': { consumerId: 'c' },
    leave: {},
  } satisfies Partial<Record<keyof typeof clientRequests, object>>;

  it.each(Object.entries(examples))('%s accepts its request, and no additional field', (name, example) => {
    const { request } = clientRequests[name as keyof typeof examples];
    expect(takes(request, example)).toBe(true);
    expect(takes(request, { ...example, unknown: 1 })).toBe(false);
    for (const key of Object.keys(example)) {
      if (key === 'mediaNodeId') continue;
      expect(takes(request, { ...example, [key]: undefined })).toBe(false);
      expect(takes(request, { ...example, [key]: true })).toBe(false);
    }
  });

  it('fills in defaults', () => {
    expect(clientRequests.produce.request.parse(examples.produce).paused).toBe(false);
    expect(dtlsParametersSchema.parse({ fingerprints: dtlsParameters.fingerprints }).role).toBe('auto');
  });

  it('bounds the data that a hostile client may send', () => {
    const many = <T>(length: number, value: T) => Array<T>(length).fill(value);
    expect(takes(rtpCapabilitiesSchema, { codecs: many(65, audio) })).toBe(false);
    expect(takes(rtpParametersSchema, { ...rtpParameters, encodings: many(9, {}) })).toBe(false);
    expect(takes(rtpParametersSchema, { ...rtpParameters, codecs: [] })).toBe(false);
    expect(takes(rtpParametersSchema, { ...rtpParameters, encodings: [{ ssrc: 2 ** 32 }] })).toBe(false);
    expect(takes(rtpParametersSchema, { ...rtpParameters, encodings: [{ ssrc: -1 }] })).toBe(false);
    expect(takes(dtlsParametersSchema, { fingerprints: [{ algorithm: 'sha-256', value: 'AB:0' }] })).toBe(false);
    expect(takes(clientRequests.join.request, { token: 'x'.repeat(4097), protocolVersion: 1 })).toBe(false);
  });

  it('accepts its own server events', () => {
    expect(takes(serverEvents.ended, { reason: 'kicked' })).toBe(true);
    expect(takes(serverEvents.ended, { reason: 'bored' })).toBe(false);
    expect(takes(serverEvents.moving, { reason: 'server-draining' })).toBe(true);
    expect(takes(serverEvents['mediaNode.lost'], { mediaNodeId: 'm' })).toBe(true);
  });
});

describe('every schema', () => {
  const schemas: [string, z.ZodType][] = [
    ['create request', createMeetingRequestSchema],
    ['join request', joinMeetingRequestSchema],
    ['join response', joinMeetingResponseSchema],
    ['problem', problemSchema],
    ['join token', joinTokenClaimsSchema],
    ['room snapshot', roomSnapshotSchema],
    ['room event', roomEventSchema],
    ['room record', roomRecordSchema],
    ...Object.entries(clientRequests).flatMap(([name, { request, response }]): [string, z.ZodType][] => [
      [`${name} request`, request],
      [`${name} response`, response],
    ]),
    ...Object.entries(serverEvents),
  ];

  it.each(schemas)('%s answers, and never throws, for any input', (_, schema) => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withTypedArray: true }),
        (value) => {
          expect(typeof schema.safeParse(value).success).toBe('boolean');
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('the audit logs of a later server', () => {
  const event = (action: string, kind = 'user') => ({
    ...{ id: '0d9f3c1e-6b1a-4c57-9a53-2f5d8f6f1b11', actor: { kind, id: 'a', name: 'Ada' }, action, target: null },
    ...{ details: { later: true }, network: null, createdAt: '2030-01-01T12:00:00.000Z', addedLater: 1 },
  });

  it.each([
    ['account', accountAuditEventsSchema, 'session.started'],
    ['meeting', meetingAuditEventsSchema, 'meeting.created'],
    ['administrators', administratorAuditEventsSchema, 'node.drain-started'],
  ])('%s: unknown actions and actors are read by their names, beside known ones', (_, schema, known) => {
    const items = [event(known), event('moon.landed'), event(known, 'robot')];
    const read = schema.parse({ items, nextCursor: null }).items;
    expect(read.map(({ action, actor }) => [action, actor.kind])).toEqual([
      [known, 'user'],
      ['moon.landed', 'user'],
      [known, 'robot'],
    ]);
    expect(takes(schema, { items: [event('x'.repeat(65))], nextCursor: null })).toBe(false);
  });
});
