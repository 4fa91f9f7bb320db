import { afterEach, expect, test } from 'vitest';
import { type Descriptor, send, unpadded } from './packets.js';
import { Peer } from './peer.js';

// Stored packets have the ids 5, 8 and 10; the receiver negotiated its own.

const open: Peer[] = [];
afterEach(() => {
  for (const peer of open.splice(0)) peer.close();
});

const keys = new Uint8Array(28).map((_, i) => i);

/** The packets that arrive at a receiver with these ids, in one flush. */
async function sent(own: Record<number, number>, ...descriptors: Omit<Descriptor, 'session'>[]): Promise<Buffer[]> {
  const sender = new Peer();
  const receiver = new Peer();
  open.push(sender, receiver);
  const session = sender.sessionTowards(receiver.socket.port);
  sender.socket.setKeys(session, 'AEAD_AES_128_GCM', keys, keys);
  receiver.socket.setKeys(receiver.sessionTowards(sender.socket.port), 'AEAD_AES_128_GCM', keys, keys);
  const ids = new Uint8Array(16);
  for (const [stored, id] of Object.entries(own)) ids[Number(stored)] = id;
  sender.socket.setExtensionIds(session, ids);
  send(sender, ...descriptors.map((descriptor) => ({ session, ...descriptor })));
  await receiver.until((all) => all.length === descriptors.length);
  expect(sender.socket.counters().sendErrors).toBe(0);
  return receiver.received.map(({ bytes }) => unpadded(bytes));
}

/** A stored packet; `long`: in the two-byte form. */
function stored(elements: [id: number, data: number[]][], payload: string, long = false): Buffer {
  const bytes = elements.flatMap(([id, data]) =>
    long ? [id, data.length, ...data] : [(id << 4) | (data.length - 1), ...data],
  );
  while (bytes.length % 4 !== 0) bytes.push(0);
  const header = Buffer.from([0x90, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, ...(long ? [0x10, 0] : [0xbe, 0xde]), 0, 0]);
  header[15] = bytes.length / 4;
  return Buffer.concat([header, Buffer.from(bytes), Buffer.from(payload)]);
}

const ELEMENTS: [number, number[]][] = [
  [5, [0, 0]],
  [8, [1, 2, 3]],
  [10, [0x85]],
];

test('elements leave under the ids of the receiver, and those that it does not take are left out', async () => {
  const [bytes] = await sent(
    { 5: 3, 10: 14 },
    { packet: stored(ELEMENTS, 'payload'), transportWide: 0xabcd, transportWideOffset: 17, payloadType: 111 },
  );
  expect([bytes![0], bytes![1]]).toEqual([0x90, 111]);
  expect([...bytes!.subarray(12, 24)]).toEqual([0xbe, 0xde, 0, 2, 0x31, 0xab, 0xcd, 0xe0, 0x85, 0, 0, 0]);
  expect(bytes!.subarray(24).toString()).toBe('payload');
});

test('a receiver that takes none gets a packet without an extension, also of a retransmission', async () => {
  const packet = stored(ELEMENTS, 'payload');
  const [plain, repeated] = await sent(
    {},
    { packet, transportWide: 7, transportWideOffset: 17, patch: { offset: 20, bytes: [9] } },
    { packet, originalSequenceNumber: 0xbeef, sequenceNumber: 2, ssrc: 77 },
  );
  expect(plain![0]).toBe(0x80);
  expect(plain!.subarray(12).toString()).toBe('payload');
  expect(repeated!.subarray(12).toString('latin1')).toBe('\xbe\xefpayload');
});

test('patches reach the extension and the payload at their new places', async () => {
  const packet = stored(ELEMENTS, 'payload');
  const [inExtension, inPayload] = await sent(
    { 8: 2 },
    { packet, patch: { offset: 21, bytes: [0xaa, 0xbb] } },
    { packet, patch: { offset: packet.length - 7, bytes: [0x50, 0x41] }, sequenceNumber: 2 },
  );
  expect([...inExtension!.subarray(12, 20)]).toEqual([0xbe, 0xde, 0, 1, 0x22, 1, 0xaa, 0xbb]);
  expect([...inPayload!.subarray(12, 20)]).toEqual([0xbe, 0xde, 0, 1, 0x22, 1, 2, 3]);
  expect(inPayload!.subarray(20).toString()).toBe('PAyload');
});

test('the two-byte form remains only for an element that needs it', async () => {
  const long: [number, number[]][] = [
    [5, [0, 0]],
    [8, new Array(20).fill(6)],
    [10, [0x85]],
  ];
  const packet = stored(long, 'payload', true);
  const numbers = { transportWide: 0x0102, transportWideOffset: 18 };
  const [short] = await sent({ 5: 4, 10: 1 }, { packet, ...numbers });
  expect([...short!.subarray(12, 24)]).toEqual([0xbe, 0xde, 0, 2, 0x41, 1, 2, 0x10, 0x85, 0, 0, 0]);
  const [whole] = await sent({ 5: 4, 8: 9 }, { packet, ...numbers });
  expect([...whole!.subarray(12, 22)]).toEqual([0x10, 0, 0, 7, 4, 2, 1, 2, 9, 20]);
  expect(whole!.subarray(44).toString()).toBe('payload');
});

test('packets of different lengths fill one run, and each has its own length', async () => {
  const texts = ['first one', 'second', 'the third of them'];
  const packets = texts.map((text, i) => ({
    packet: stored(i === 1 ? ELEMENTS : ELEMENTS.slice(0, 1), text),
    sequenceNumber: i,
    repeatable: true,
  }));
  const received = await sent({ 10: 1 }, ...packets);
  expect(received.map((bytes) => bytes.subarray(bytes[0] === 0x90 ? 20 : 12).toString())).toEqual(texts);
});

test('other ids than 1 to 14 are refused', () => {
  const peer = new Peer();
  open.push(peer);
  const session = peer.socket.openSession();
  expect(() => peer.socket.setExtensionIds(session, new Uint8Array(16).fill(15))).toThrow(RangeError);
  expect(() => peer.socket.setExtensionIds(session, new Uint8Array(8))).toThrow(RangeError);
  expect(() => peer.socket.setExtensionIds(session + 1, new Uint8Array(16))).toThrow(/no such session/);
});

test('a packet without an extension stays as it is', async () => {
  const packet = Buffer.from([0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 0x41]);
  const [bytes] = await sent({ 5: 3 }, { packet });
  expect(bytes).toEqual(packet);
});
