import { expect, it } from 'vitest';
import { wayOf } from './way.js';

it.each<[string, Record<string, string>, object, string[], string | undefined, object | undefined]>([
  ['the page itself', { host: 'meet.example.org' }, { encrypted: true }, [''], undefined, { port: 443, isTls: true }],
  ['another port', { host: 'meet.example.org:8080' }, {}, [''], undefined, { port: 8080, isTls: false }],
  ['a proxy', { host: 'meet.example.org', via: 'x' }, {}, [''], undefined, { isTls: false }],
  ['a proxy that ends TLS', { host: 'meet.example.org' }, {}, [''], 'https://meet.example.org', { isTls: false }],
  ['a server of its own', { host: 'x' }, {}, ['https://meet.example.org:444'], undefined, { port: 444, isTls: true }],
  ['no host', {}, {}, [''], undefined, undefined],
  ['a hostile host', { host: 'a b' }, {}, [''], undefined, undefined],
])('the way to signalling at %s', (_case, headers, socket, signallingOrigins, publicUrl, way) => {
  const request = { headers, raw: { socket } } as unknown as Parameters<typeof wayOf>[0];
  expect(wayOf(request, { signallingOrigins, publicUrl })).toEqual(way && { host: 'meet.example.org', ...way });
});
