import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProxyHeader } from './proxy-header.js';

const IPV4 = header('21 11 000c', 'c000024d 7f000001 04d2 01bb');
const IPV6 = header('21 21 0024', '20010db8000000000000000000000001 00000000000000000000000000000001 04d2 01bb');

describe('a header of the PROXY protocol', () => {
  it.each([
    ['a client on IPv4', IPV4, { address: '192.0.2.77', port: 1234 }],
    ['a client on IPv6', IPV6, { address: '2001:db8::1', port: 1234 }],
    [
      'more information',
      header('21 11 0010', 'c000024d 7f000001 04d2 01bb 04000104'),
      { address: '192.0.2.77', port: 1234 },
    ],
    ['a check of the proxy', header('20 00 0000', ''), undefined],
    ['a check of the proxy with addresses', header('20 11 000c', 'c000024d 7f000001 04d2 01bb'), undefined],
  ])('with %s is read when it is whole', (_what, bytes, client) => {
    expect(readProxyHeader(bytes)).toEqual({ length: bytes.length, client });
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.from('GET')]))).toEqual({ length: bytes.length, client });
    for (let length = 0; length < bytes.length; length++) {
      expect(readProxyHeader(bytes.subarray(0, length))).toBeUndefined();
    }
  });

  it.each([
    ['version 1', Buffer.from('PROXY TCP4 192.0.2.77 127.0.0.1 1234 443\r\n')],
    ['an unknown version', header('31 11 000c', 'c000024d 7f000001 04d2 01bb')],
    ['an unknown command', header('22 11 000c', 'c000024d 7f000001 04d2 01bb')],
    ['UDP', header('21 12 000c', 'c000024d 7f000001 04d2 01bb')],
    ['an address that is too short', header('21 21 000c', 'c000024d 7f000001 04d2 01bb')],
    ['more than a segment', header('21 11 ffff', '')],
    ['HTTP', Buffer.from('GET / HTTP/1.1')],
    ['TLS', Buffer.from([0x16, 3, 1])],
  ])('%s is none', (_what, bytes) => {
    expect(readProxyHeader(bytes)).toBe(false);
  });

  it('takes any bytes', () => {
    const ends = fc.uint8Array({ maxLength: 60 }).map((end) => Buffer.concat([IPV4.subarray(0, 12), end]));
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), ends), (bytes) => void readProxyHeader(bytes)));
  });
});

function header(fixed: string, addresses: string): Buffer {
  return Buffer.from(`0d0a0d0a000d0a515549540a${fixed}${addresses}`.replace(/ /g, ''), 'hex');
}
