import { isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, addressText, readAddress, readXorAddress, xorAddressValue } from '../src/index.js';
import { bytes } from './messages.js';

const transactionId = bytes('b7e7a701bc34d686fa87dfae');

describe('the text of an address', () => {
  it('is the form of the system, and leads back to the bytes', () => {
    const group = fc.constantFrom('0000', '0000', '0001', '00ab', 'ffff', '1234');
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const address = bytes(groups.join(''));
        const text = addressText(address);
        expect(isIP(text)).toBe(6);
        expect(addressBytes(text)).toEqual(address);
        // The system writes the obsolete IPv4-compatible addresses with dots.
        const isCompatible = groups.slice(0, 6).every((one) => one === '0000');
        if (!isCompatible) expect(text).toBe(new SocketAddress({ address: text, family: 'ipv6' }).address);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['7f000001', '127.0.0.1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010000000000000000000000000000', '2001::'],
  ])('of %s is %s', (hexadecimal, text) => {
    expect(addressText(bytes(hexadecimal))).toBe(text);
    expect(addressBytes(text)).toEqual(bytes(hexadecimal));
  });

  it('with an embedded IPv4 address is read', () => {
    expect(addressBytes('64:ff9b::192.0.2.33')).toEqual(bytes('0064ff9b0000000000000000c0000221'));
  });
});

describe('an address attribute', () => {
  it.each([
    ['too short', '0001a147e112'],
    ['of IPv4 with the length of IPv6', '0001a1470113a9faa5d3f179bc25f4b5bed2b9d9'],
    ['of IPv6 with the length of IPv4', '0002a147e112a643'],
    ['of an unknown family', '0003a147e112a643'],
    ['empty', ''],
  ])('%s is malformed', (_what, value) => {
    const content = value === '' ? new Uint8Array() : bytes(value);
    expect(readXorAddress(content, transactionId)).toBeUndefined();
    expect(readAddress(content)).toBeUndefined();
  });

  it('with an IPv4-mapped address is malformed', () => {
    const value = xorAddressValue({ address: '::ffff:192.0.2.1', port: 7 }, transactionId);
    expect(value).toHaveLength(20);
    expect(readXorAddress(value, transactionId)).toBeUndefined();
  });

  it('without a mask is read', () => {
    expect(readAddress(bytes('00010009cb007108'))).toEqual({ address: '203.0.113.8', port: 9 });
  });
});
