import { createHmac } from 'node:crypto';
import { ADDRESS_BYTES, addressRecord, type PacketSocket } from '@waterbus/packet-io';
import { Attribute, BindingType, type Hmac, parseStun, type StunMessage, StunWriter } from '@waterbus/stun';
import { beforeEach, expect, test } from 'vitest';
import { END_BYTES, PipeEnd } from './pipe-end.js';

const hmacSha1: Hmac = (key, bytes) => createHmac('sha1', key).update(bytes).digest();
const PASSWORD = 'p'.repeat(24);
const FROM = END_BYTES;

let arena: Uint8Array;
let sent: { to: number; check: StunMessage }[];
let calls: string[];
let end: PipeEnd;
beforeEach(() => {
  arena = new Uint8Array(END_BYTES + ADDRESS_BYTES);
  sent = [];
  calls = [];
  const socket = {
    arena,
    openSession: () => 0,
    setAddress: (_: number, at: number) => calls.push(`address ${arena[at + 3]}`) > 0,
    startDtls: (_: number, role: string) => calls.push(`dtls ${role}`),
    sendTo: (at: number, offset: number, length: number) =>
      sent.push({ to: arena[at + 3]!, check: parseStun(arena.slice(offset, offset + length))! }),
  };
  const candidates = [1, 2].flatMap((port) => addressRecord({ address: '192.0.2.1', port }));
  const parameters = {
    iceParameters: { usernameFragment: 'far', password: PASSWORD, iceLite: true },
    dtlsParameters: { role: 'auto' as const, fingerprints: [{ algorithm: 'sha-256', value: 'AA' }] },
  };
  end = new PipeEnd(socket as unknown as PacketSocket, 0, { candidates, parameters }, 0);
});

/** The node answers a check from this port of it. */
function answer({ check }: { check: StunMessage }, port: number, now: number, password = PASSWORD): void {
  const bytes = new Uint8Array(200);
  const writer = new StunWriter(bytes).begin(BindingType.Success, check.transactionId, 0);
  const length = writer.integrity('sha1', Buffer.from(password), hmacSha1).fingerprint().finish();
  arena.set(addressRecord({ address: '192.0.2.1', port })[0]!, FROM);
  end.receiveAnswer(parseStun(bytes.subarray(0, length))!, FROM, now);
}

const nominates = ({ check }: { check: StunMessage }) => check.find(Attribute.UseCandidate) >= 0;

test('checks all candidates, then nominates the one that answers first and begins DTLS there', () => {
  expect(end.advance(0)).toBe(true);
  expect(sent.map(({ to }) => to)).toEqual([1, 2]);
  expect(sent.some(nominates)).toBe(false);
  expect(sent.every(({ check }) => check.integrityHolds('sha1', Buffer.from(PASSWORD), hmacSha1))).toBe(true);
  answer(sent[1]!, 2, 20);
  answer(sent[0]!, 1, 21);
  expect(calls).toEqual(['address 2', 'dtls client']);
  expect(sent.slice(2).map((one) => [one.to, nominates(one)])).toEqual([[2, true]]);
});

test('takes no answer with another password or to another check', () => {
  end.advance(0);
  answer(sent[0]!, 1, 1, 'q'.repeat(24));
  const strange = parseStun(new Uint8Array(sent[0]!.check.bytes))!;
  strange.bytes[10]! ^= 1;
  answer({ check: strange }, 1, 2);
  expect(calls).toEqual([]);
});

test('gives up a node that does not answer, or not any more', () => {
  let now = 0;
  for (; end.advance(now); now = end.nextDeadline());
  expect(now).toBe(10_000);

  end.advance(0);
  answer(sent[0]!, 1, 100);
  end.isConnected = true;
  for (now = 100; end.advance(now) && now < 60_000; now = end.nextDeadline()) {
    // Answers of the first half minute arrive.
    if (now < 30_000) answer(sent.at(-1)!, 1, now);
  }
  expect(now).toBeGreaterThan(40_000);
  expect(now).toBeLessThan(46_000);
});
