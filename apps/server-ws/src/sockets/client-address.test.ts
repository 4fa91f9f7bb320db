import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { clientAddresses } from './client-address.js';
import { originAllowed } from './origins.js';

const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, connection: { remoteAddress }, headers }) as unknown as IncomingMessage;

describe('the address of a client', () => {
  test.each([
    ['without proxies is the socket’s', [], '192.0.2.1', '203.0.113.9', '192.0.2.1'],
    ['comes from a trusted proxy', ['10.0.0.0/8'], '10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['comes from nobody else', ['10.0.0.0/8'], '192.0.2.1', '203.0.113.9', '192.0.2.1'],
    ['is what the last trusted proxy saw', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.7, 203.0.113.9', '203.0.113.9'],
    ['is found behind two', ['10.0.0.0/8', '::1'], '::1', '203.0.113.9, 10.9.9.9', '203.0.113.9'],
    ['is found on a socket that takes both families', ['127.0.0.1'], '::ffff:127.0.0.1', '203.0.113.9', '203.0.113.9'],
  ])('%s', (_, proxies, socket, forwarded, address) => {
    expect(clientAddresses(proxies)(from(socket, { 'x-forwarded-for': forwarded }))).toBe(address);
  });
});

describe('an origin', () => {
  test.each([
    ['none', undefined, 'meet.example', true],
    ['the same host', 'https://meet.example', 'meet.example', true],
    ['the same host with the port of its scheme', 'https://meet.example', 'meet.example:443', true],
    ['the same host and port', 'http://localhost:8080', 'localhost:8080', true],
    ['another port', 'http://localhost:9090', 'localhost:8080', false],
    ['another host', 'https://evil.example', 'meet.example', false],
    ['a host that contains it', 'https://meet.example.evil.example', 'meet.example', false],
    ['a sandboxed page', 'null', 'meet.example', false],
    ['no address at all', 'meet.example', 'meet.example', false],
    ['a listed one', 'https://other.example', 'meet.example', true],
  ])('%s', (_, origin, host, allowed) => {
    const request = from('192.0.2.1', { host, ...(origin === undefined ? {} : { origin }) });
    expect(originAllowed(request, ['https://other.example'])).toBe(allowed);
  });
});
