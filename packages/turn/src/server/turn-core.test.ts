// Beyond 400 lines because every request of TURN is tested on one core and one world in memory.
import { Attribute, MessageClass, Method, writeMessage } from '@waterbus/stun';
import { describe, expect, it } from 'vitest';
import { MemoryWorld, NODE, NODE_INSIDE, NODE_IPV6, SECRET, STRANGER, settled } from '../../test/memory-world.js';

const CHANNEL = 0x4000;
const MINUTE = 60_000;

describe('an allocation', () => {
  it('relays between its client and a media node, by indications and by channels', async () => {
    const world = new MemoryWorld();
    const { client, relay } = await world.allocated();
    expect(client.outcome).toBe('ok');
    expect(client.isAuthentic).toBe(true);
    expect(client.addresses(Attribute.XorRelayedAddress)).toEqual([relay.endpoint]);
    expect(client.addresses(Attribute.XorMappedAddress)).toEqual([{ address: '192.0.2.77', port: 1234 }]);

    client.permit(NODE);
    client.sendTo(NODE, 'check');
    relay.receive(Buffer.from('answer'), NODE_INSIDE);
    client.bind(CHANNEL, NODE);
    expect(client.outcome).toBe('ok');
    client.sendOn(CHANNEL, 'media');
    relay.receive(Buffer.from('more'), NODE_INSIDE);

    expect(relay.sent).toEqual([
      { data: 'check', to: NODE_INSIDE },
      { data: 'media', to: NODE_INSIDE },
    ]);
    expect(client.data).toEqual([
      { from: '203.0.113.5 40000', text: 'answer' },
      { from: CHANNEL, text: 'more' },
    ]);
    expect(world.traffic).toEqual({ bytesFromClients: 'checkmedia'.length, bytesToClients: 'answermore'.length });
  });

  it('with SHA-256 credentials is answered with them', async () => {
    const { client } = await new MemoryWorld().allocated({ hash: 'sha256' });
    expect([client.outcome, client.isAuthentic]).toEqual(['ok', true]);
  });

  it.each([
    ['wrong', { credential: 'another secret' }],
    ['expired', { expires: 1 }],
    ['nameless', { user: 'a b' }],
  ])('is refused with %s credentials, and counted', async (_kind, options) => {
    const world = new MemoryWorld();
    const { client } = await world.allocated(options);
    expect([client.outcome, world.refused, world.core.allocations]).toEqual([401, ['credentials'], 0]);
  });

  it('needs a fresh nonce', async () => {
    const world = new MemoryWorld();
    const { client } = await world.allocated();
    world.clock.at += 61 * MINUTE;
    client.refresh(600);
    expect(client.outcome).toBe(438);
    client.nonce = client.nonce.replace(/\.(.)/, (_all, first) => `.${first === 'a' ? 'b' : 'a'}`);
    client.refresh(600);
    expect(client.outcome).toBe(438);
  });

  it('is one for each client, and its request may be repeated', async () => {
    const world = new MemoryWorld();
    const { client, server } = world.client();
    client.allocate();
    const bytes = client.allocate();
    server.receive(bytes);
    await settled();
    server.receive(bytes);
    expect(client.answers.map(({ messageClass }) => messageClass)).toEqual([
      MessageClass.Error,
      MessageClass.Success,
      MessageClass.Success,
    ]);
    expect(world.relays.opened).toHaveLength(1);
    client.allocate();
    expect(client.outcome).toBe(437);
  });

  it.each([
    ['another transport', [Attribute.RequestedTransport, Buffer.from([6, 0, 0, 0])], 442],
    ['an unknown family', [Attribute.RequestedAddressFamily, Buffer.from([9, 0, 0, 0])], 440],
    ['a reserved pair of ports', [Attribute.EvenPort, Buffer.from([0x80])], 508],
    ['a reservation', [Attribute.ReservationToken, Buffer.alloc(8)], 508],
    ['no fragments', [Attribute.DontFragment, Buffer.alloc(0)], 420],
    ['an additional family that is IPv4', [Attribute.AdditionalAddressFamily, Buffer.from([1, 0, 0, 0])], 400],
    ['an unknown attribute', [0x7777, Buffer.from([1, 2, 3, 4])], 420],
  ] as const)('asking for %s is refused', async (_what, attribute, code) => {
    const world = new MemoryWorld();
    const { client } = world.client();
    client.allocate();
    if (attribute[0] === Attribute.RequestedTransport) client.request(Method.Allocate, [attribute]);
    else client.allocate(attribute);
    await settled();
    expect([client.outcome, world.core.allocations]).toEqual([code, 0]);
  });

  it('has an even port, and both families, if asked', async () => {
    const world = new MemoryWorld();
    const { client } = world.client();
    client.allocate();
    client.allocate(
      [Attribute.EvenPort, Buffer.from([0])],
      [Attribute.AdditionalAddressFamily, Buffer.from([2, 0, 0, 0])],
    );
    await settled();
    const relayed = client.addresses(Attribute.XorRelayedAddress);
    expect(relayed.map(({ address }) => address)).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(relayed[0]!.port % 2).toBe(0);
    client.permit(NODE, NODE_IPV6);
    client.sendTo(NODE_IPV6, 'six');
    expect(world.relays.opened[1]!.sent).toEqual([{ data: 'six', to: NODE_IPV6 }]);
    client.request(Method.Refresh, [
      [Attribute.Lifetime, Buffer.alloc(4)],
      [Attribute.RequestedAddressFamily, Buffer.from([2, 0, 0, 0])],
    ]);
    expect(world.relays.opened.map(({ closed }) => closed)).toEqual([false, true]);
    client.permit(NODE_IPV6);
    expect(client.outcome).toBe(443);
  });

  it('is on IPv6 without a request for a family when no media node has IPv4', async () => {
    const world = new MemoryWorld();
    world.nodeFamilies = [6];
    const { client, relay } = await world.allocated();
    expect(client.addresses(Attribute.XorRelayedAddress)[0]!.address).toBe('2001:db8::1');
    client.permit(NODE_IPV6);
    client.sendTo(NODE_IPV6, 'six');
    expect(relay.sent).toEqual([{ data: 'six', to: NODE_IPV6 }]);
    world.nodeFamilies = [];
    const other = await world.allocated({ user: 'b' });
    expect(other.client.addresses(Attribute.XorRelayedAddress)[0]!.address).toBe('192.0.2.1');
  });

  it('ends when it expires, when its client says so, when the path or the socket ends', async () => {
    const world = new MemoryWorld();
    const [expiring, refreshed, closed, failed] = [
      await world.allocated({ user: 'a' }),
      await world.allocated({ user: 'b' }),
      await world.allocated({ user: 'c' }),
      await world.allocated({ user: 'd' }),
    ];
    expect(expiring.client.lifetime).toBe(600);
    refreshed.client.refresh(0);
    closed.server.close();
    failed.relay.fail();
    expect(world.relays.opened.map((relay) => relay.closed)).toEqual([false, true, true, true]);
    world.clock.at += 9 * MINUTE;
    expiring.client.refresh(100_000);
    expect(expiring.client.lifetime).toBe(3600);
    world.clock.at += 59 * MINUTE;
    expiring.server.expire();
    expect(world.core.allocations).toBe(1);
    world.clock.at += MINUTE;
    expiring.server.expire();
    expect([world.core.allocations, expiring.relay.closed]).toEqual([0, true]);
    refreshed.client.permit(NODE);
    // With the new nonce.
    refreshed.client.permit(NODE);
    expect(refreshed.client.outcome).toBe(437);
  });

  it('outlives its credentials for as long as a media node answers', async () => {
    const world = new MemoryWorld();
    const { client, relay } = await world.allocated();
    client.permit(NODE);
    client.sendTo(NODE, 'check');
    for (let passed = 0; passed < 65; passed += 1) {
      world.clock.at += MINUTE;
      client.refresh(600);
      if (client.outcome === 438) client.refresh(600);
      client.permit(NODE);
      client.sendTo(NODE, 'check');
      relay.receive(Buffer.from('answer'), NODE_INSIDE);
    }
    client.refresh(600);
    expect(client.outcome).toBe('ok');
    world.clock.at += 2 * MINUTE;
    client.refresh(600);
    expect(client.outcome).toBe(401);
  });

  it('belongs to the name that made it', async () => {
    const world = new MemoryWorld();
    const { client, server } = await world.allocated();
    const other = world.client({ user: 'eve', send: (bytes) => server.receive(bytes) }).client;
    other.realm = client.realm;
    other.nonce = client.nonce;
    other.refresh(0);
    expect([client.outcome, world.core.allocations]).toEqual([441, 1]);
  });
});

describe('peers', () => {
  it('are media nodes alone: everything else is forbidden, and nothing is sent', async () => {
    const world = new MemoryWorld();
    const { client, relay } = await world.allocated();
    const outcomes = [];
    for (const peer of [
      STRANGER,
      { address: '127.0.0.1', port: 22 },
      NODE_INSIDE,
      { address: '2001:db8::9', port: 1 },
    ]) {
      client.permit(peer);
      outcomes.push(client.outcome);
      client.bind(CHANNEL, peer);
      outcomes.push(client.outcome);
      client.sendTo(peer, 'attack');
      client.sendOn(CHANNEL, 'attack');
    }
    expect(outcomes).toEqual([403, 403, 403, 403, 403, 403, 443, 443]);
    // Another port of a media node's address.
    client.permit(NODE);
    const database = { ...NODE, port: 5432 };
    client.bind(CHANNEL, database);
    expect(client.outcome).toBe(403);
    client.sendTo(database, 'attack');
    // One forbidden address spoils the request.
    client.permit(NODE, STRANGER);
    expect(client.outcome).toBe(403);
    expect(relay.sent).toEqual([]);
    expect(world.refused).toContain('peer');
  });

  it('reach the client from the mapped address alone, with a permission', async () => {
    const world = new MemoryWorld();
    const { client, relay } = await world.allocated();
    client.sendTo(NODE, 'without permission');
    client.permit(NODE);
    relay.receive(Buffer.from('before the first packet'), NODE_INSIDE);
    client.sendTo(NODE, 'check');
    for (const from of [NODE, STRANGER, { ...NODE_INSIDE, port: 1 }]) relay.receive(Buffer.from('forged'), from);
    expect([relay.sent.length, client.data]).toEqual([1, []]);
    world.clock.at += 5 * MINUTE;
    relay.receive(Buffer.from('late'), NODE_INSIDE);
    client.sendTo(NODE, 'late');
    expect([relay.sent.length, client.data]).toEqual([1, []]);
  });

  it('that are gone get nothing', async () => {
    const world = new MemoryWorld();
    const { client, relay } = await world.allocated();
    client.bind(CHANNEL, NODE);
    world.nodeIsUp = false;
    client.sendOn(CHANNEL, 'media');
    expect(relay.sent).toEqual([]);
  });

  it('are limited in number', async () => {
    const { client } = await new MemoryWorld({ permissionsPerAllocation: 0 }).allocated();
    client.permit(NODE);
    expect(client.outcome).toBe(508);
    client.bind(CHANNEL, NODE);
    expect(client.outcome).toBe(508);
  });
});

describe('channels', () => {
  it.each([0x3fff, 0x7fff, 0x8000, 0xffff, 0])('with number %i are refused', async (number) => {
    const { client } = await new MemoryWorld().allocated();
    client.bind(number, NODE);
    expect(client.outcome).toBe(400);
  });

  it('are bound to one peer, and a peer to one of them, until they expire', async () => {
    const world = new MemoryWorld();
    const { client, relay } = await world.allocated();
    client.bind(CHANNEL, NODE);
    client.bind(CHANNEL, NODE);
    expect(client.outcome).toBe('ok');
    client.bind(CHANNEL + 1, NODE);
    expect(client.outcome).toBe(400);
    world.clock.at += 9.5 * MINUTE;
    client.refresh(600);
    world.clock.at += MINUTE;
    client.permit(NODE);
    client.sendOn(CHANNEL, 'late');
    expect(relay.sent).toEqual([]);
    client.bind(CHANNEL + 1, NODE);
    expect(client.outcome).toBe('ok');
    client.sendOn(CHANNEL + 1, 'again');
    relay.receive(Buffer.from('back'), NODE_INSIDE);
    expect(client.data).toEqual([{ from: CHANNEL + 1, text: 'back' }]);
  });

  it('pad their messages on streams', async () => {
    const world = new MemoryWorld();
    const sent: Uint8Array[] = [];
    const { client, relay } = await world.allocated({ isStream: true });
    const receive = client.receive.bind(client);
    client.receive = (bytes) => {
      sent.push(bytes);
      receive(bytes);
    };
    client.bind(CHANNEL, NODE);
    client.sendOn(CHANNEL, 'five!');
    relay.receive(Buffer.from('seven b'), NODE_INSIDE);
    expect(relay.sent).toEqual([{ data: 'five!', to: NODE_INSIDE }]);
    expect(sent.at(-1)!.length).toBe(12);
  });
});

describe('quotas', () => {
  it('limit the allocations of a user, of an address and of all', async () => {
    const world = new MemoryWorld({ allocations: 4, allocationsPerAddress: 3, allocationsPerUser: 2 });
    const outcome = async (user: string, account?: string) =>
      (await world.allocated({ user, account: account ?? 'office' })).client.outcome;
    expect([await outcome('ada'), await outcome('ada'), await outcome('ada')]).toEqual(['ok', 'ok', 486]);
    expect([await outcome('ben'), await outcome('eve')]).toEqual(['ok', 486]);
    expect([await outcome('eve', 'home'), await outcome('zoe', 'train')]).toEqual(['ok', 508]);
    expect(world.refused).toEqual(['quota', 'quota', 'quota']);
    expect(world.core.allocations).toBe(4);
  });

  it.each([
    ['user', { allocationsPerUser: 2 }, { user: 'ada' }],
    ['address', { allocationsPerAddress: 2 }, { account: 'office' }],
    ['server', { allocations: 2 }, {}],
  ])('of a full %s end what a media node has not used for a minute', async (full, limits, options) => {
    const world = new MemoryWorld(limits);
    const other = { user: 'zoe', account: 'train' };
    const outcome = async (more: object = {}) => (await world.allocated({ ...options, ...more })).client.outcome;
    const first = await world.allocated({ user: 'ada', account: 'office' });
    first.client.bind(CHANNEL, NODE);
    first.client.sendOn(CHANNEL, 'check');
    await world.allocated({ user: 'ada', account: 'office' });
    const refusal = full === 'server' ? 508 : 486;
    expect(await outcome()).toBe(refusal);
    if (full !== 'server') await world.allocated(other);

    world.clock.at += MINUTE;
    first.relay.receive(Buffer.from('answer'), NODE_INSIDE);
    world.clock.at += 1;
    const closed = () => world.relays.opened.map((relay) => relay.closed);
    expect(await outcome()).toBe('ok');
    // Neither the one in use, nor that of another account.
    expect(closed()).toEqual(full === 'server' ? [false, true, false] : [false, true, false, false]);
    expect(await outcome()).toBe(refusal);
    expect(world.refused).toEqual(['quota', 'quota']);
  });

  it('are for a person, not for its credentials', async () => {
    const world = new MemoryWorld({ allocationsPerUser: 1 });
    await world.allocated({ user: 'ada' });
    world.clock.at += 5000;
    expect((await world.allocated({ user: 'ada' })).client.outcome).toBe(486);
  });

  it('drop packets beyond the bandwidth, in both directions', async () => {
    const world = new MemoryWorld({ bytesPerSecondPerUser: 50 });
    const { client, relay } = await world.allocated();
    client.bind(CHANNEL, NODE);
    for (let count = 0; count < 20; count += 1) client.sendOn(CHANNEL, '0123456789');
    relay.receive(Buffer.from('0123456789'), NODE_INSIDE);
    expect([relay.sent.length, client.data.length]).toEqual([10, 0]);
    world.clock.at += 1000;
    relay.receive(Buffer.from('0123456789'), NODE_INSIDE);
    expect(client.data).toHaveLength(1);
    expect(world.refused.filter((kind) => kind === 'bandwidth')).toHaveLength(11);
  });

  it('are free again after an end, also of an allocation without a port', async () => {
    const world = new MemoryWorld({ allocationsPerUser: 1 });
    world.relays.full = true;
    expect((await world.allocated()).client.outcome).toBe(508);
    world.relays.full = false;
    const { client } = await world.allocated();
    client.refresh(0);
    expect((await world.allocated()).client.outcome).toBe('ok');
  });
});

describe('other messages', () => {
  it('Binding is answered without credentials', () => {
    const { client } = new MemoryWorld().client({ remote: { address: '2001:db8::77', port: 9 } });
    client.request(Method.Binding);
    expect(client.addresses(Attribute.XorMappedAddress)).toEqual([{ address: '2001:db8::77', port: 9 }]);
  });

  it('unknown methods are refused; responses and indications of other methods are ignored', async () => {
    const { client, server, relay } = await new MemoryWorld().allocated();
    client.permit(NODE);
    client.request(0x00c);
    expect(client.outcome).toBe(400);
    const { length } = client.answers;
    for (const method of [Method.Data, Method.Allocate, Method.Refresh]) {
      for (const messageClass of [MessageClass.Indication, MessageClass.Success, MessageClass.Error]) {
        const transactionId = Buffer.alloc(12);
        server.receive(Buffer.from(writeMessage({ method, messageClass, transactionId, attributes: [] })));
      }
    }
    expect([client.answers.length, relay.sent.length]).toEqual([length, 0]);
  });

  it('without an allocation, requests about one are refused', () => {
    const { client } = new MemoryWorld().client();
    client.allocate();
    for (const act of [() => client.refresh(600), () => client.permit(NODE), () => client.bind(CHANNEL, NODE)]) {
      act();
      expect(client.outcome).toBe(437);
    }
    client.sendTo(NODE, 'nowhere');
    client.sendOn(CHANNEL, 'nowhere');
  });

  it('a secret never leaves in an answer', async () => {
    const { client } = await new MemoryWorld().allocated();
    expect(client.answers.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join()).not.toContain(SECRET);
  });
});
