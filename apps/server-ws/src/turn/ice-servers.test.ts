import { createHmac } from 'node:crypto';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { PROTOCOL_VERSION } from '@waterbus/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { SECRET, Signalling } from '../../test/system/signalling.js';
import { IceServers, turnSecretOf } from './ice-servers.js';

const turn = { listenAddress: '127.0.0.1' };
const page = { host: 'meet.example.org', port: 443, isTls: true };

function iceServers(more: Partial<ConstructorParameters<typeof IceServers>[0]> = {}) {
  return new IceServers({ clock: new VirtualClock(), secret: SECRET, turn, outside: [], ...more });
}

describe('ICE servers', () => {
  it.each([
    ['the page on https', page, {}, ['turns:meet.example.org:443?transport=tcp']],
    ['plain http', { host: '[::1]', port: 8080, isTls: false }, {}, ['turn:[::1]:8080?transport=tcp']],
    ['an HTTP proxy', { ...page, port: undefined }, {}, undefined],
    ['an unknown way', undefined, {}, undefined],
    [
      'a port of its own',
      { ...page, port: undefined },
      { turn: { ...turn, port: 3478 } },
      ['turn:meet.example.org:3478?transport=udp', 'turn:meet.example.org:3478?transport=tcp'],
    ],
    [
      'UDP on the port of the page',
      page,
      { turn: { ...turn, port: 443, udpAlone: true } },
      ['turn:meet.example.org:443?transport=udp', 'turns:meet.example.org:443?transport=tcp'],
    ],
    ['a setting', undefined, { turn: { ...turn, urls: ['turns:a.example'] } }, ['turns:a.example']],
    ['TURN turned off', page, { turn: undefined }, undefined],
  ])('for %s', (_case, way, more, urls) => {
    expect(iceServers(more).for('p1', way)[0]?.urls).toEqual(urls);
  });

  it('have credentials of the participant for a day, for outside ones as coturn checks them', () => {
    const outside = [
      { urls: ['stun:a.example'] },
      { urls: ['turn:b.example'], secret: 'shared' },
      { urls: ['turn:c.example'], username: 'u', credential: 'p' },
    ];
    const [own, ...others] = iceServers({ outside }).for('p1', page);
    const username = `${Date.UTC(2026, 0, 2) / 1000}:p1`;
    const credential = (secret: string) => createHmac('sha1', secret).update(username).digest('base64');
    expect(own).toMatchObject({ username, credential: credential(turnSecretOf(SECRET)) });
    expect(others).toEqual([
      { urls: ['stun:a.example'] },
      { urls: ['turn:b.example'], username, credential: credential('shared') },
      { urls: ['turn:c.example'], username: 'u', credential: 'p' },
    ]);
  });

  it('for a test have credentials of their own for a minute, and none that a setting fixes', () => {
    const outside = [
      { urls: ['stun:a.example'] },
      { urls: ['turn:b.example'], secret: 'shared' },
      { urls: ['turn:c.example'], username: 'u', credential: 'p' },
    ];
    const of = iceServers({ outside });
    const [own, stun, shared, ...rest] = of.forTest(page);
    const expires = Date.UTC(2026, 0, 1) / 1000 + 60;
    expect(own?.username).toMatch(new RegExp(`^${expires}:test-[0-9a-f-]{36}$`));
    expect([stun, shared?.username, rest]).toEqual([{ urls: ['stun:a.example'] }, own?.username, []]);
    expect(of.forTest(page)[0]?.username).not.toBe(own?.username);
  });
});

describe('participants', () => {
  const signalling = new Signalling();
  afterEach(() => signalling.close());

  it('receive them with their join, and new ones on request and when they resume', async () => {
    const node = await signalling.node({ turn });
    const who = await signalling.join(node);
    const urls = [`turn:${new URL(node.url).host}?transport=tcp`];
    const { iceServers: joined } = who.joined;
    expect(joined).toMatchObject([{ urls, username: expect.stringContaining(who.id) }]);
    await signalling.clock.advance(1000);
    const renewed = await who.client.ok('iceServers', {});
    expect(renewed.iceServers).toMatchObject([{ urls, username: expect.stringContaining(who.id) }]);
    expect(renewed.iceServers[0]!.username).not.toBe(joined[0]!.username);
    who.client.socket.disconnect();
    await signalling.clock.advance(1000);
    const client = signalling.client(node);
    const { resumeToken } = who.joined;
    const resumed = await client.ok('resume', { resumeToken, protocolVersion: PROTOCOL_VERSION });
    expect(resumed.iceServers).toMatchObject([{ urls }]);
    expect(resumed.iceServers[0]!.username).not.toBe(joined[0]!.username);
  });
});
