import { describe, expect, test } from 'vitest';
import { hex, protect, unprotect } from './drive.js';

// RFC 7714 sections 16 and 17. The vectors give session keys, not master keys.

const salt = '517569642070726f2071756f';
const key128 = hex(`000102030405060708090a0b0c0d0e0f ${salt}`);
const key256 = hex(`000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f ${salt}`);

const rtp = hex(`8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
  69736120 696e2070 61727465 73207472 6573`);
const rtcp = hex(`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
  deadbeef deadbeef deadbeef deadbeef deadbeef`);
const rtcpIndex = 0x5d4;

const cases = [
  {
    profile: 'AEAD_AES_128_GCM',
    keys: key128,
    srtp: hex(`8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5
      0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`),
    srtcp: hex(`81c8000d4d617273 63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b46
      86303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade 800005d4`),
  },
  {
    profile: 'AEAD_AES_256_GCM',
    keys: key256,
    srtp: hex(`8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238
      9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13`),
    srtcp: hex(`81c8000d4d617273 d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c6
      1de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be 800005d4`),
  },
];

describe.each(cases)('$profile', ({ profile, keys, srtp, srtcp }) => {
  test('section 16: SRTP', () => {
    expect(protect({ profile, keys, derive: false, packet: rtp })).toEqual(srtp);
    expect(unprotect({ profile, keys, derive: false, packet: srtp })).toEqual(rtp);
  });

  test('section 17: SRTCP', () => {
    expect(protect({ profile, keys, derive: false, packet: rtcp, rtcp: true, rtcpIndex })).toEqual(srtcp);
    expect(unprotect({ profile, keys, derive: false, packet: srtcp, rtcp: true })).toEqual(rtcp);
  });

  test('a packet with any flipped bit is refused', () => {
    for (const [packet, isRtcp] of [
      [srtp, false],
      [srtcp, true],
    ] as const) {
      // Without the version bits: these make it a packet of another protocol.
      for (let bit = 2; bit < packet.length * 8; bit++) {
        const tampered = Buffer.from(packet);
        tampered[bit >> 3]! ^= 0x80 >> (bit & 7);
        const result = unprotect({ profile, keys, derive: false, packet: tampered, rtcp: isRtcp });
        expect(result, `bit ${bit}`).toSatisfy((reason) => reason === 'unauthentic' || reason === 'malformed');
      }
    }
  });
});

test('section 17.3: an SRTCP packet that is tagged but not encrypted', () => {
  const tagged = Buffer.concat([rtcp, hex('841dd9683dd78ec92ae58790125f62b3 000005d4')]);
  expect(unprotect({ profile: 'AEAD_AES_128_GCM', keys: key128, derive: false, packet: tagged, rtcp: true })).toEqual(
    rtcp,
  );
});
