import { describe, expect, it } from 'vitest';
import { dataLength, dataRequestSchema, LONGEST_DATA } from './data-messages.js';
import { LONGEST_METADATA, participantMetadataSchema, sameMetadata, utf8Length } from './participant-metadata.js';
import { applyRoomChange, roomChangeSchema } from './room.js';

const accepts = (payload: string, encoding?: 'base64') =>
  dataRequestSchema.safeParse({ topic: 'pen', payload, ...(encoding && { encoding }) }).success;

describe('data messages', () => {
  it('count the bytes of UTF-8 text, not its characters', () => {
    for (const text of ['', 'Ada', 'ä', '漢字', '🎉', 'e\u0301']) {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
    }
    expect(accepts('a'.repeat(LONGEST_DATA))).toBe(true);
    expect(accepts('a'.repeat(LONGEST_DATA + 1))).toBe(false);
    expect(accepts('ä'.repeat(LONGEST_DATA / 2))).toBe(true);
    expect(accepts('ä'.repeat(LONGEST_DATA / 2 + 1))).toBe(false);
  });

  it('count the bytes that base64 stands for, and refuse any other text as bytes', () => {
    for (const length of [0, 1, 2, 3, LONGEST_DATA]) {
      const payload = Buffer.alloc(length, 7).toString('base64');
      expect(dataLength({ payload, encoding: 'base64' })).toBe(length);
      expect(accepts(payload, 'base64')).toBe(true);
    }
    expect(accepts(Buffer.alloc(LONGEST_DATA + 1).toString('base64'), 'base64')).toBe(false);
    for (const text of ['a', 'ab', 'a===', '====', 'äbcd', 'ab cd']) expect(accepts(text, 'base64')).toBe(false);
  });
});

describe('metadata', () => {
  const accepted = (value: unknown) => participantMetadataSchema.safeParse(value).success;

  it('are text by name, within a size', () => {
    expect(accepted({})).toBe(true);
    expect(accepted({ 'crm.id': '42', seat: 'A' })).toBe(true);
    for (const value of [{ '': 'x' }, { 'a b': 'x' }, { n: 1 }, [], 'x', { ['x'.repeat(65)]: '' }]) {
      expect(accepted(value)).toBe(false);
    }
    const longest = LONGEST_METADATA - JSON.stringify({ a: '' }).length;
    expect(accepted({ a: 'x'.repeat(longest) })).toBe(true);
    expect(accepted({ a: 'x'.repeat(longest + 1) })).toBe(false);
    expect(accepted({ a: '漢'.repeat(longest / 2) })).toBe(false);
  });

  it('are the same whatever the order of names', () => {
    expect(sameMetadata({ a: '1', b: '2' }, { b: '2', a: '1' })).toBe(true);
    expect(sameMetadata(undefined, {})).toBe(true);
    expect(sameMetadata({ a: '1' }, { b: '1' })).toBe(false);
    expect(sameMetadata({ a: '1' }, { a: '1', b: '' })).toBe(false);
  });

  const ada = {
    id: 'ada',
    name: 'Ada',
    role: 'guest',
    joinedAt: 0,
    connection: 'connected',
    producers: [],
  } as const;
  const room = { roomId: 'room', version: 4, participants: [{ ...ada, producers: [] }] };
  const seated = { type: 'participant.updated', participantId: 'ada', metadata: { seat: 'A' } } as const;

  it('are part of the room: a change replaces them, and costs a version only with news', () => {
    const next = applyRoomChange(room, seated)!;
    expect(next).toEqual({ ...room, version: 5, participants: [{ ...ada, metadata: { seat: 'A' } }] });
    expect(applyRoomChange(next, seated)).toBeUndefined();
    expect(applyRoomChange(next, { ...seated, metadata: { row: '2' } })!.participants[0]!.metadata).toEqual({
      row: '2',
    });
    expect(applyRoomChange(next, { ...seated, metadata: {} })!.participants[0]!.metadata).toEqual({});
  });

  it('leave an earlier reader with a change without news, for which it reads the snapshot', () => {
    // Zod objects of earlier versions strip the field.
    const { metadata: _, ...stripped } = seated;
    expect(applyRoomChange(room, roomChangeSchema.parse(stripped))).toBeUndefined();
  });
});
