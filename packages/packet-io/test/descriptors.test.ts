import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import {
  ADDRESS_BYTES,
  DtlsState,
  RECEIVE_WORDS,
  ReceiveFlag,
  ReceiveKind,
  ReceiveWord,
  SEND_WORDS,
  SendFlag,
  SendWord,
} from '../src/index.js';
import { type Descriptor, describe as describeSend, rtcp, rtp, send } from './packets.js';
import { Peer } from './peer.js';

const open: Peer[] = [];
afterEach(() => {
  for (const peer of open.splice(0)) peer.close();
});

const keys = new Uint8Array(28).map((_, i) => i);

function pair() {
  const sender = new Peer();
  const receiver = new Peer();
  open.push(sender, receiver);
  const session = sender.sessionTowards(receiver.socket.port);
  sender.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys);
  receiver.socket.setKeys(receiver.sessionTowards(sender.socket.port), 'AEAD_AES_128_GCM', keys, keys);
  return { sender, receiver, session };
}

/** The packet that arrives when this descriptor is flushed. */
async function sent(descriptor: Omit<Descriptor, 'session'>): Promise<Buffer> {
  const { sender, receiver, session } = pair();
  send(sender, { session, ...descriptor });
  await receiver.until((all) => all.length === 1);
  return receiver.received[0]!.bytes;
}

test('header fields are replaced, marker and extension stay', async () => {
  const stored = rtp({ payload: Buffer.from('abcdef'), marker: true, payloadType: 96, transportWide: 3 });
  const bytes = await sent({
    packet: stored,
    payloadType: 111,
    sequenceNumber: 0xfffe,
    timestamp: 0xfedcba98,
    ssrc: 0x89abcdef,
    transportWide: 0xabcd,
    transportWideOffset: 17,
  });
  const expected = Buffer.from(stored);
  expected[1] = 0x80 | 111;
  expected.writeUInt16BE(0xfffe, 2);
  expected.writeUInt32BE(0xfedcba98, 4);
  expected.writeUInt32BE(0x89abcdef, 8);
  expected.writeUInt16BE(0xabcd, 17);
  expect(bytes).toEqual(expected);
});

test('a retransmission carries the original sequence number before the payload (RFC 4588)', async () => {
  const stored = rtp({ payload: Buffer.from('abcdef'), transportWide: 3 });
  const bytes = await sent({ packet: stored, originalSequenceNumber: 0xbeef, payloadType: 97 });
  expect(bytes[1]).toBe(97);
  expect(bytes.subarray(20)).toEqual(Buffer.from('\xbe\xefabcdef', 'latin1'));
});

test('the marker bit is set where the descriptor requires it', async () => {
  const stored = rtp({ payload: Buffer.from('abcdef') });
  expect(stored[1]! & 0x80).toBe(0);
  expect((await sent({ packet: stored, payloadType: 97, marker: true }))[1]).toBe(0x80 | 97);
});

test.each([1, 2, 4, 5, 8])('%i bytes of payload are replaced', async (count) => {
  const stored = rtp({ payload: Buffer.from('0123456789') });
  const bytes = await sent({
    packet: stored,
    patch: { offset: 13, bytes: [...Buffer.from('ABCDEFGH')].slice(0, count) },
  });
  expect(bytes.subarray(12).toString()).toBe(`0${'ABCDEFGH'.slice(0, count)}${'0123456789'.slice(1 + count)}`);
});

test('a replaced payload is replaced in a retransmission as well', async () => {
  const stored = rtp({ payload: Buffer.from('0123456789') });
  const bytes = await sent({
    packet: stored,
    originalSequenceNumber: 0x4142,
    patch: { offset: 13, bytes: [0x58, 0x59] },
  });
  expect(bytes.subarray(12).toString()).toBe('AB0XY3456789');
});

test('the stored packet stays unchanged for the next subscriber', async () => {
  const { sender, receiver, session } = pair();
  const stored = rtp({ payload: Buffer.from('0123456789') });
  describeSend(sender, 0, { session, packet: stored, sequenceNumber: 9, patch: { offset: 12, bytes: [1] } });
  const offset = sender.socket.sends[SendWord.Offset]!;
  sender.socket.flush(1);
  await receiver.until((all) => all.length === 1);
  expect(Buffer.from(sender.socket.arena.subarray(offset, offset + stored.length))).toEqual(stored);
});

test('a patch in the header extension leaves the payload alone, also in RTX', async () => {
  const packet = rtp({ payload: Buffer.from('0123456789'), transportWide: 3 });
  const patch = { offset: 17, bytes: [7, 8] };
  const media = await sent({ packet, patch });
  expect([...media.subarray(17, 19)]).toEqual([7, 8]);
  expect(media.subarray(20).toString()).toBe('0123456789');
  const rtx = await sent({ packet, patch, originalSequenceNumber: 9 });
  expect([...rtx.subarray(17, 19)]).toEqual([7, 8]);
  expect([...rtx.subarray(20, 22)]).toEqual([0, 9]);
  expect(rtx.subarray(22).toString()).toBe('0123456789');
});

test('an RTP packet without payload, and the smallest RTCP packet', async () => {
  expect(await sent({ packet: rtp({ payload: Buffer.alloc(0) }) })).toHaveLength(12);
  expect(await sent({ packet: rtcp(5, 8), rtcp: true })).toEqual(rtcp(5, 8));
});

test('descriptors of sessions that are closed, unknown or not keyed are dropped and counted', () => {
  const { sender, session } = pair();
  const packet = rtp({ payload: Buffer.from('x') });
  const notKeyed = sender.sessionTowards(9);
  const noAddress = sender.socket.openSession();
  sender.socket.setKeys(noAddress, 'AEAD_AES_128_GCM', keys, keys);
  sender.socket.closeSession(session);
  send(sender, ...[session, notKeyed, noAddress, -1, 1e9, 63].map((one) => ({ session: one, packet })));
  expect(sender.socket.counters()).toMatchObject({ droppedNoSession: 6, sentDatagrams: 0, sendErrors: 0 });
});

test.each<[string, Record<number, number>]>([
  ['an offset before the arena', { [SendWord.Offset]: -1 }],
  ['an offset behind the arena', { [SendWord.Offset]: 0x7fffffff }],
  ['a negative length', { [SendWord.Length]: -5 }],
  ['a length beyond a datagram', { [SendWord.Length]: 70_000 }],
  ['a length below a header', { [SendWord.Length]: 11 }],
  ['a transport-wide offset in the fixed header', { [SendWord.TransportWide]: 1, [SendWord.TransportWideOffset]: 2 }],
  ['a transport-wide offset in the payload', { [SendWord.TransportWide]: 1, [SendWord.TransportWideOffset]: 19 }],
  ['a payload patch across extension and payload', { [SendWord.Flags]: 5, [SendWord.PayloadPatch]: (2 << 16) | 19 }],
  ['a payload patch in the header', { [SendWord.Flags]: 5, [SendWord.PayloadPatch]: (1 << 16) | 11 }],
  ['a payload patch behind the packet', { [SendWord.Flags]: 5, [SendWord.PayloadPatch]: (4 << 16) | 28 }],
  ['an empty payload patch', { [SendWord.Flags]: 5, [SendWord.PayloadPatch]: 22 }],
  ['a payload patch of nine bytes', { [SendWord.Flags]: 5, [SendWord.PayloadPatch]: (9 << 16) | 21 }],
])('%s throws, and the descriptors around it are sent', async (_what, words) => {
  const { sender, receiver, session } = pair();
  const packet = rtp({ payload: Buffer.from('0123456789'), transportWide: 3 });
  for (let i = 0; i < 3; i++) describeSend(sender, i, { session, packet, sequenceNumber: i });
  for (const [word, value] of Object.entries(words)) sender.socket.sends[SEND_WORDS + Number(word)] = value;
  expect(() => sender.socket.flush(3)).toThrow(expect.objectContaining({ name: 'RangeError', code: 'ERR_DESCRIPTOR' }));
  await receiver.until((all) => all.length === 2);
  expect(sender.socket.counters().sendErrors).toBe(1);
});

test('more descriptors than there is room for are refused', () => {
  const { sender } = pair();
  expect(() => sender.socket.flush(1 << 20)).toThrow(RangeError);
  expect(() => sender.socket.flush(-1)).toThrow(RangeError);
  expect(() => sender.socket.flush(Number.NaN)).toThrow(RangeError);
});

test('the header and the copy of the media engine have the words of the interface', () => {
  const built = process.env.PACKET_IO_ADDON ? join(dirname(process.env.PACKET_IO_ADDON), '..') : join(root, 'build');
  const header = readFileSync(join(built, 'generated', 'words.h'), 'utf8');
  const enumOf = (name: string, prefix: string) => {
    const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(header)![1]!;
    const entries = body.split(',').map((entry) => entry.trim().split(' = '));
    return Object.fromEntries(entries.map(([word, value]) => [word!.replace(prefix, ''), Number(value)]));
  };
  expect(enumOf('ReceiveWord', 'kReceive')).toEqual({ ...ReceiveWord });
  expect(enumOf('ReceiveKindValue', 'kReceiveKind')).toEqual({ ...ReceiveKind });
  expect(enumOf('ReceiveFlagValue', 'kReceiveFlag')).toEqual({ ...ReceiveFlag });
  expect(enumOf('DtlsStateValue', 'kDtlsState')).toEqual({ ...DtlsState });
  expect(enumOf('SendWord', 'kSend')).toEqual({ ...SendWord });
  expect(enumOf('SendFlagValue', 'kSendFlag')).toEqual({ ...SendFlag });
  expect(header).toContain(`kReceiveWords = ${RECEIVE_WORDS};`);
  expect(header).toContain(`kSendWords = ${SEND_WORDS};`);
  expect(header).toContain(`kAddressBytes = ${ADDRESS_BYTES};`);
  expect([RECEIVE_WORDS, SEND_WORDS, ADDRESS_BYTES]).toEqual([8, 16, 40]);
  const [source, copy] = ['src/words.ts', '../media/src/port/words.ts'].map((file) =>
    readFileSync(join(root, file), 'utf8'),
  );
  // `node packages/packet-io/words.mjs --copy` writes it.
  expect(copy!.slice(copy!.indexOf('\n\n') + 2)).toBe(source);
});

const root = fileURLToPath(new URL('..', import.meta.url));
