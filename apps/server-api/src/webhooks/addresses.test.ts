import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { describe, expect, it } from 'vitest';
import { checkUrl, isPrivate, publicLookup } from './addresses.js';
import { send } from './send.js';

describe('addresses of webhooks', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://0/',
    'http://localhost:8080/',
    'http://x.localhost./',
    'http://10.1.2.3/',
    'http://172.31.0.1/',
    'http://192.168.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.64.0.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::]/',
    'http://[::1]/',
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://[ff02::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:8.8.8.8]/',
    'http://[::7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::]/',
    'http://[2001:db8::1]/',
    'https://user:secret@example.org/',
    'https://user@example.org/',
  ])('refuses %s', (url) => {
    expect(() => checkUrl(url, { privateToo: false })).toThrow('webhook.address_refused');
  });

  it.each(['https://example.org/x?y', 'http://8.8.8.8:8080/', 'http://[2606:4700::1111]/', 'http://172.32.0.1/'])(
    'takes %s',
    (url) => {
      checkUrl(url, { privateToo: false });
    },
  );

  it('accepts private ones with the option, but never credentials', () => {
    checkUrl('http://127.0.0.1/', { privateToo: true });
    expect(() => checkUrl('http://a:b@127.0.0.1/', { privateToo: true })).toThrow('webhook.address_refused');
  });

  it('treats an address with a scope as link-local', () => {
    expect(isPrivate('fe80::1%eth0')).toBe(true);
  });
});

describe('names at the time of connection', () => {
  const standsFor = (...addresses: string[]) =>
    publicLookup(((_name: string, _options: object, done: (error: null, found: LookupAddress[]) => void) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )) as never);
  const looked = (lookup: ReturnType<typeof publicLookup>, all: boolean) =>
    new Promise((resolve) => lookup('rebound.example', { all }, (error, found) => resolve(error ?? found)));

  it('resolve to public addresses only', async () => {
    expect(await looked(standsFor('10.0.0.1', '8.8.8.8', '::1'), true)).toEqual([{ address: '8.8.8.8', family: 4 }]);
    expect(await looked(standsFor('10.0.0.1', '8.8.8.8'), false)).toBe('8.8.8.8');
    expect(await looked(standsFor('10.0.0.1', '::ffff:127.0.0.1'), true)).toBeInstanceOf(Error);
  });

  it('get no delivery once private, and neither do private addresses', async () => {
    let requested = 0;
    const http = createServer((_request, response) => {
      requested += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => http.once('listening', resolve));
    const { port } = http.address() as AddressInfo;
    const event = { id: 'x', type: 'meeting.ended' as const, timestamp: '', data: {} };
    const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
    const common = { secret, event, clock: new VirtualClock(), signal: new AbortController().signal };
    const refused = { status: null, failure: 'address' };
    const rebound = { ...common, url: `http://rebound.example:${port}/`, lookup: standsFor('127.0.0.1') };
    expect(await send(rebound)).toEqual(refused);
    expect(await send({ ...common, url: `http://localhost:${port}/`, lookup: publicLookup() })).toEqual(refused);
    expect(await send({ ...common, url: `http://127.0.0.1:${port}/`, lookup: publicLookup() })).toEqual(refused);
    expect(requested).toBe(0);
    expect(await send({ ...common, url: `http://127.0.0.1:${port}/` })).toEqual({ status: 200, failure: null });
    http.close();
  });
});
