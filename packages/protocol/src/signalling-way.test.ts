import { describe, expect, it } from 'vitest';
import { connectivityRequestSchema } from './connectivity-request.js';
import { isForwarded, signallingWay, wayToOrigin } from './signalling-way.js';

const host = 'meet.example.org';
const tls = { encrypted: true };

describe('the way of a request to signalling', () => {
  it.each<[string, Record<string, string>, object, string | undefined, object | undefined]>([
    ['the page', { host }, tls, undefined, { host, port: 443, isTls: true }],
    ['the page without TLS', { host }, {}, 'http://meet.example.org', { host, port: 80, isTls: false }],
    ['another port', { host: `${host}:8080` }, {}, undefined, { host, port: 8080, isTls: false }],
    [
      'an IPv6 address',
      { host: '[2001:db8::1]:8080' },
      {},
      undefined,
      { host: '[2001:db8::1]', port: 8080, isTls: false },
    ],
    ['a proxy that ends TLS', { host }, {}, 'https://meet.example.org', { host, isTls: false }],
    [
      'a page on https that this server ends',
      { host },
      tls,
      'https://meet.example.org',
      { host, port: 443, isTls: true },
    ],
    ['no host', {}, {}, undefined, undefined],
  ])('is that of %s', (_case, headers, socket, pageOrigin, way) => {
    expect(signallingWay({ headers, socket }, pageOrigin)).toEqual(way);
  });

  it.each(['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-real-ip'])(
    'has no port behind a proxy that adds %s',
    (name) => {
      const headers = { host, [name]: 'x' };
      expect(isForwarded(headers)).toBe(true);
      expect(signallingWay({ headers, socket: tls })).toEqual({ host, isTls: true });
    },
  );

  it.each(['', 'a b', 'a/b', 'a:b', 'a:0', 'a:99999', 'x?transport=udp', 'a'.repeat(300)])(
    'is unknown for host %s',
    (hostile) => {
      expect(signallingWay({ headers: { host: hostile }, socket: {} })).toBeUndefined();
    },
  );

  it.each([
    ['https://meet.example.org:444', { host, port: 444, isTls: true }],
    ['wss://meet.example.org', { host, port: 443, isTls: true }],
    ['http://[2001:db8::1]', { host: '[2001:db8::1]', port: 80, isTls: false }],
  ])('to %s is a request of Server API to Server WS', (origin, way) => {
    expect(wayToOrigin(origin)).toEqual(way);
    expect(connectivityRequestSchema.parse({ way })).toEqual({ way });
  });
});
