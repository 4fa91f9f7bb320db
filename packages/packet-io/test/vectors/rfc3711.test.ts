import { expect, test } from 'vitest';
import { hooks } from '../../src/hooks.js';
import { hex, protect, unprotect } from './drive.js';

// RFC 3711 appendix B: numbers as printed there.

const profile = 'AES128_CM_HMAC_SHA1_80';

test('appendix B.2: AES-CM keystream', () => {
  // Zeros encrypted with SSRC 0 and sequence number 0 are the keystream.
  const header = hex('800000000000000000000000');
  const keys = hex('2B7E151628AED2A6ABF7158809CF4F3C F0F1F2F3F4F5F6F7F8F9FAFBFCFD');
  const out = protect({ profile, keys, derive: false, packet: Buffer.concat([header, Buffer.alloc(48)]) });
  expect(out.subarray(12, 60)).toEqual(
    hex('E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0'),
  );
});

test('appendix B.3: key derivation', () => {
  const keys = hex('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6');
  expect(hooks.srtpSessionKeys({ profile, keys, rtcp: false })).toEqual(
    hex('C61E7A93744F39EE10734AFE3FF7A087 CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4 30CBBC08863D8C85D49DB34A9AE1'),
  );
});

// Whole packets under the same master key, with the labels of SRTP and SRTCP: the ones of libsrtp's
// self-test.
const master = hex('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6');
const plainRtp = hex('800f1234decafbadcafebabe abababababababababababababababab');
const srtp = hex('800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb');
const plainRtcp = hex('81c8000bcafebabe abababababababababababababababab');
const srtcp = hex('81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798');

test('a whole SRTP packet, both ways', () => {
  expect(protect({ profile, keys: master, packet: plainRtp })).toEqual(srtp);
  expect(unprotect({ profile, keys: master, packet: srtp })).toEqual(plainRtp);
});

test('a whole SRTCP packet, both ways', () => {
  expect(protect({ profile, keys: master, packet: plainRtcp, rtcp: true, rtcpIndex: 1 })).toEqual(srtcp);
  expect(unprotect({ profile, keys: master, packet: srtcp, rtcp: true })).toEqual(plainRtcp);
});
