import { Attribute, BindingType, parseStun, type StunMessage } from '@waterbus/stun';
import { describe, expect, it } from 'vitest';
import { MediaError } from '../../src/index.js';
import { DtlsState, ReceiveKind } from '../../src/port/packet-port.js';
import { ipv4Address } from '../simulation/memory-port.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { bindingRequest } from '../simulation/stun-client.js';
import { writeRtcp } from '../simulation/wire.js';
import { dtlsParameters, hmacSha1, World } from '../simulation/world.js';

function openTransport() {
  const world = new World(41);
  const peer = world.open('alice');
  const parameters = world.control.openTransport('room', 'alice');
  const { usernameFragment, password } = parameters.iceParameters;
  const ask = (request: Parameters<typeof bindingRequest>[0], address = ipv4Address(1, 5000)) => {
    const before = world.stunAnswers.length;
    world.deliver(() => world.port.put(ReceiveKind.Stun, -1, bindingRequest(request), 0, address));
    return world.stunAnswers[before];
  };
  const authentic = { username: `${usernameFragment}:remote`, password };
  return { world, peer, parameters, ask, authentic };
}

describe('a lite agent', () => {
  it('offers one UDP host candidate for each announced address', () => {
    const { parameters } = openTransport();
    expect(parameters.iceParameters.iceLite).toBe(true);
    expect(parameters.iceCandidates).toEqual([
      {
        foundation: 'udp0',
        priority: 126 * 2 ** 24 + 65_535 * 256 + 255,
        ip: '192.0.2.200',
        address: '192.0.2.200',
        port: 40_000,
        protocol: 'udp',
        type: 'host',
      },
    ]);
  });

  it('answers an authenticated check with the address of its sender', () => {
    const { ask, authentic } = openTransport();
    const answer = read(ask(authentic)!);
    expect(answer.type).toBe(BindingType.Success);
    expect(answer.integrityHolds('sha1', new TextEncoder().encode(authentic.password), hmacSha1)).toBe(true);
    expect([...answer.bytes.slice(8, 20)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it.each([
    [400, 'no USERNAME', { username: undefined }],
    [400, 'no MESSAGE-INTEGRITY', { password: undefined }],
    [401, 'an unknown user', { username: 'nobody:remote' }],
    [401, 'a wrong password', { password: 'wrong' }],
    [420, 'an unknown attribute that must be understood', { extra: [{ type: 0x7777, value: new Uint8Array(4) }] }],
    [487, 'the controlled role', { controlled: true }],
  ])('answers %i to %s', (code, _what, change) => {
    const { world, peer, ask, authentic } = openTransport();
    const answer = read(ask({ ...authentic, useCandidate: true, ...change })!);
    expect(answer.type).toBe(BindingType.Error);
    expect(errorCode(answer)).toBe(code);
    expect(world.port.addresses.has(peer.session)).toBe(false);
    expect(world.control.transportStats('alice').state).toBe('new');
  });

  it.each([
    ['without a colon', (fragment: string) => fragment],
    ['of the peer alone', (fragment: string) => `:${fragment}`],
    ['with more in front', (fragment: string) => `x${fragment}:remote`],
  ])('refuses a user name %s', (_what, named) => {
    const { world, peer, ask, authentic, parameters } = openTransport();
    const username = named(parameters.iceParameters.usernameFragment);
    const answer = read(ask({ ...authentic, username, useCandidate: true })!);
    expect([answer.type, errorCode(answer)]).toEqual([BindingType.Error, 401]);
    expect(world.port.addresses.has(peer.session)).toBe(false);
  });

  it.each([
    ['of a browser that tests UDP', { fingerprint: false }, 32],
    ['with FINGERPRINT', {}, 40],
  ])('answers a request without credentials %s with its address only', (_what, more, bytes) => {
    const { world, peer, ask } = openTransport();
    const answer = read(ask({ plain: true, ...more })!);
    expect(answer.type).toBe(BindingType.Success);
    expect(answer.bytes).toHaveLength(bytes);
    // XOR-MAPPED-ADDRESS of 192.0.2.1:5000 (RFC 8489 section 14.2).
    const port = 5000 ^ 0x2112;
    const attribute = [0x00, 0x20, 0, 8, 0, 1, port >> 8, port & 0xff, 192 ^ 0x21, 0 ^ 0x12, 2 ^ 0xa4, 1 ^ 0x42];
    expect([...answer.bytes.slice(20, 32)]).toEqual(attribute);
    expect(world.port.addresses.has(peer.session)).toBe(false);
    expect(world.control.transportStats('alice').state).toBe('new');
  });

  it('answers 420 to an unknown attribute of a request without credentials', () => {
    const { ask } = openTransport();
    const answer = read(ask({ plain: true, extra: [{ type: 0x0003, value: new Uint8Array(4) }] })!);
    expect([answer.type, errorCode(answer)]).toEqual([BindingType.Error, 420]);
  });

  it('ignores unknown optional attributes, and messages without FINGERPRINT', () => {
    const { ask, authentic } = openTransport();
    expect(read(ask({ ...authentic, extra: [{ type: 0xc057, value: new Uint8Array(4) }] })!).type).toBe(
      BindingType.Success,
    );
    expect(ask({ ...authentic, fingerprint: false })).toBeUndefined();
  });

  it('sends to the address of the first check, learns others, then sends to the nominated one', () => {
    const { world, peer, ask, authentic } = openTransport();
    ask(authentic, ipv4Address(1, 5000));
    expect(world.port.addresses.get(peer.session)).toContain('c0000201');
    ask(authentic, ipv4Address(2, 5000));
    expect(world.port.learntAddresses).toHaveLength(1);
    expect(world.control.transportStats('alice')).toMatchObject({
      state: 'connecting',
      selectedAddress: '192.0.2.1:5000',
    });
    ask({ ...authentic, useCandidate: true }, ipv4Address(2, 5000));
    expect(world.control.transportStats('alice').selectedAddress).toBe('192.0.2.2:5000');
    // A further check of the first address without nomination changes nothing.
    ask(authentic, ipv4Address(1, 5000));
    expect(world.control.transportStats('alice').selectedAddress).toBe('192.0.2.2:5000');
  });

  it('starts DTLS with the first check, as Chromium does, which nominates later', () => {
    const { world, peer, ask, authentic } = openTransport();
    world.control.connectTransport('alice', dtlsParameters('client'));
    ask(authentic, ipv4Address(1, 5000));
    expect(world.port.dtls.get(peer.session)!.role).toBe('server');
    ask({ ...authentic, useCandidate: true }, ipv4Address(1, 5000));
    expect(world.control.transportStats('alice').selectedAddress).toBe('192.0.2.1:5000');
  });

  it('starts DTLS once it has an address and the peer’s fingerprint, in either order', () => {
    const first = openTransport();
    first.ask({ ...first.authentic, useCandidate: true });
    expect(first.world.port.dtls.size).toBe(0);
    first.world.control.connectTransport('alice', dtlsParameters('client'));
    expect(first.world.port.dtls.get(first.peer.session)!.role).toBe('server');
    const second = openTransport();
    second.world.control.connectTransport('alice', dtlsParameters('server'));
    expect(second.world.port.dtls.size).toBe(0);
    second.ask({ ...second.authentic, useCandidate: true });
    expect(second.world.port.dtls.get(second.peer.session)!.role).toBe('client');
  });

  it('keeps the pair of highest priority when all are nominated at once', () => {
    const { world, peer, ask, authentic } = openTransport();
    const nominating = { ...authentic, useCandidate: true };
    ask(nominating, ipv4Address(1, 5000));
    ask(nominating, ipv4Address(2, 5000));
    ask(nominating, ipv4Address(1, 5000));
    ask(nominating, ipv4Address(2, 5000));
    ask(nominating, ipv4Address(1, 5000));
    expect(world.port.addresses.get(peer.session)).toContain('c0000201');
  });

  it('follows a peer whose address changes', () => {
    const { world, peer, ask, authentic } = openTransport();
    const nominating = { ...authentic, useCandidate: true };
    ask(nominating, ipv4Address(1, 5000));
    ask(authentic, ipv4Address(9, 6000));
    expect(world.port.addresses.get(peer.session)).toContain('c0000201');
    ask(nominating, ipv4Address(9, 6000));
    ask(nominating, ipv4Address(9, 6000));
    expect(world.port.addresses.get(peer.session)).toContain('c0000209');
  });

  it('restarts: the old credentials are valid until the new ones nominate', () => {
    const { world, peer, ask, authentic } = openTransport();
    ask({ ...authentic, useCandidate: true });
    const renewed = world.control.restartIce('alice');
    expect(renewed.usernameFragment).not.toBe(authentic.username.split(':')[0]);
    expect(read(ask({ ...authentic, useCandidate: true })!).type).toBe(BindingType.Success);
    const fresh = { username: `${renewed.usernameFragment}:remote`, password: renewed.password };
    ask({ ...fresh, useCandidate: true }, ipv4Address(7, 7000));
    expect(world.port.addresses.get(peer.session)).toContain('c0000207');
    expect(errorCode(read(ask({ ...authentic, useCandidate: true })!))).toBe(401);
  });
});

describe('an address of another transport’s peer', () => {
  function twoMeetings() {
    const world = new World(47);
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
    publisher.produce('camera');
    const camera = new Receiver(world, 'bob').consume('camera');
    world.connect('mallory');
    const at = (transportId: string) => {
      const [ip, port] = world.control.transportStats(transportId).selectedAddress!.split(':');
      return ipv4Address(Number(ip!.split('.')[3]), Number(port));
    };
    return { world, camera, at };
  }

  it.each([true, false])(
    'is neither taken by a check with one’s own credentials (nominating: %s), nor answered',
    (n) => {
      const { world, camera, at } = twoMeetings();
      world.run(1000);
      const selected = ['bob', 'mallory'].map((id) => world.control.transportStats(id).selectedAddress);
      const answers = world.stunAnswers.length;
      for (const time of [0, 100, 200]) {
        world.at(world.now + time, () => world.check('mallory', { useCandidate: n, address: at('bob') }));
      }
      world.run(300);
      expect(world.stunAnswers.length).toBe(answers);
      const before = camera.received.length;
      world.run(60_000);
      expect(camera.received.length).toBeGreaterThan(before + 1000);
      expect(camera.missing()).toEqual([]);
      expect(['bob', 'mallory'].map((id) => world.control.transportStats(id).selectedAddress)).toEqual(selected);
    },
  );

  it('is not taken after an ICE restart of the owner or of the other', () => {
    const { world, at } = twoMeetings();
    for (const id of ['bob', 'mallory']) world.control.restartIce(id);
    const bob = at('bob');
    const mallory = world.control.transportStats('mallory').selectedAddress;
    world.check('mallory', { address: bob });
    world.check('bob', { address: bob });
    world.check('mallory', { address: bob });
    expect(at('bob')).toEqual(bob);
    expect(world.control.transportStats('mallory').selectedAddress).toBe(mallory);
  });
});

describe('consent', () => {
  it('is not granted by checks from other addresses', () => {
    const world = new World(48);
    const bob = world.connect('bob');
    world.silent.add('bob');
    // Media are sent to an address that never answers, and only checks from another address
    // continue.
    world.run(7_000);
    world.control.restartIce('bob');
    world.check('bob', { address: ipv4Address(66, 6666) });
    expect(world.port.addresses.get(bob.session)).toContain('c0000242');
    world.every(2500, () => world.check('bob', { useCandidate: false, address: ipv4Address(1, 5000) }));
    world.run(30_500);
    expect(world.port.addresses.get(bob.session)).toContain('c0000201');
    expect(world.control.transportStats('bob').state).toBe('connected');
  });

  it.each([
    ['with the credentials there are', false],
    ['after an ICE restart', true],
  ])('is not obtained for a victim by nominating its address, %s', (_, restarts) => {
    const world = new World(51);
    const bob = world.connect('bob');
    if (restarts) world.control.restartIce('bob');
    const victim = ipv4Address(66, 6666);
    // Bob keeps his own address checked, and forges checks from the victim's.
    for (let i = 0; i < 200; i++) {
      world.check('bob', { address: victim });
      world.run(200);
    }
    expect(world.port.addresses.get(bob.session)).toContain('c0000201');
    expect(world.control.transportStats('bob').state).toBe('connected');
  });

  it('ends sending when neither the selected address nor another one is checked any more', () => {
    const world = new World(49);
    world.connect('bob');
    world.silent.add('bob');
    world.run(20_000);
    world.check('bob', { useCandidate: false, address: ipv4Address(2, 7000) });
    world.run(15_000);
    // The other address is still valid, and receives the media until its own consent ends.
    expect(world.control.transportStats('bob')).toMatchObject({
      state: 'connected',
      selectedAddress: '192.0.2.2:7000',
    });
    world.run(20_000);
    expect(world.control.transportStats('bob').state).toBe('disconnected');
    world.run(30_000);
    expect(world.events.at(-1)).toMatchObject({ type: 'transport.closed', reason: 'consent-expired' });
  });

  it('and sending move with authentic media in order, but only to an address that was checked', () => {
    const world = new World(50);
    const bob = world.connect('bob');
    const report = writeRtcp(201, 0, [1]);
    const moved = ipv4Address(3, 7000);
    const mediaFrom = (address: Uint8Array) =>
      world.deliver(() => world.port.putMedia(ReceiveKind.Rtcp, bob.session, report, address));
    const selected = () => world.control.transportStats('bob').selectedAddress;
    mediaFrom(moved);
    expect(selected()).toBe('192.0.2.1:5000');
    world.check('bob', { useCandidate: false, address: moved });
    expect(selected()).toBe('192.0.2.1:5000');
    mediaFrom(moved);
    expect(selected()).toBe('192.0.2.3:7000');
    // And back, when the peer moves back.
    mediaFrom(ipv4Address(1, 5000));
    expect(selected()).toBe('192.0.2.1:5000');
    // A check too long ago is no longer valid.
    world.run(31_000);
    mediaFrom(moved);
    expect(selected()).toBe('192.0.2.1:5000');
  });

  it('expires 30 s after the last check: nothing is sent, and 30 s later the transport ends', () => {
    const world = new World(42);
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
    publisher.produce('camera');
    world.run(5000);
    world.silent.add('alice');
    world.run(28_000);
    const states = () => world.events.filter(({ type }) => type === 'transport.state');
    expect(states().at(-1)).toMatchObject({ state: 'connected' });
    world.run(5000);
    expect(states().at(-1)).toEqual({ type: 'transport.state', transportId: 'alice', state: 'disconnected' });
    const feedbacks = publisher.feedbacks.length;
    world.run(10_000);
    expect(publisher.feedbacks.length).toBe(feedbacks);
    world.run(20_000);
    expect(world.events.slice(-2)).toEqual([
      { type: 'producer.closed', producerId: 'camera', reason: 'transport-closed' },
      { type: 'transport.closed', transportId: 'alice', reason: 'consent-expired' },
    ]);
  });

  it('is required of a receiver too: sending to it stops until it checks again', () => {
    const world = new World(46);
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
    publisher.produce('camera');
    const camera = new Receiver(world, 'bob').consume('camera');
    world.run(1000);
    world.silent.add('bob');
    world.run(31_000);
    const before = camera.received.length;
    world.run(5000);
    expect(camera.received.length).toBe(before);
    world.silent.delete('bob');
    world.run(4000);
    expect(camera.received.length).toBeGreaterThan(before + 90);
    expect(camera.missing()).toEqual([]);
  });

  it('resumes with the next check', () => {
    const world = new World(43);
    world.connect('alice');
    world.silent.add('alice');
    world.run(40_000);
    world.check('alice');
    expect(world.events.flatMap((event) => ('state' in event ? [event.state] : []))).toEqual([
      'connecting',
      'connected',
      'disconnected',
      'connected',
    ]);
  });
});

describe('a transport that never connects', () => {
  const connect = (world: World) => world.control.connectTransport('alice', dtlsParameters());
  const checks = (world: World) =>
    world.every(2500, () => {
      if (world.control.hasTransport('alice')) world.check('alice');
    });

  it.each([
    ['nothing comes', () => {}],
    ['there are checks, but no DTLS parameters', checks],
    ['there are DTLS parameters, but no check', connect],
    ['DTLS parameters come late', (world: World) => world.at(world.now + 29_000, () => connect(world))],
  ])('ends after 30 s when %s', (_what, happen) => {
    const { world } = openTransport();
    happen(world);
    world.run(29_900);
    expect(world.events.filter(({ type }) => type === 'transport.closed')).toEqual([]);
    world.run(200);
    expect(world.events.at(-1)).toEqual({ type: 'transport.closed', transportId: 'alice', reason: 'ice-timeout' });
    expect(world.port.open.size).toBe(0);
    expect(() => world.control.transportStats('alice')).toThrow(MediaError);
  });

  it('ends after 60 s at most when it reaches DTLS', () => {
    const { world } = openTransport();
    world.run(29_000);
    connect(world);
    world.check('alice');
    checks(world);
    world.run(29_900);
    expect(world.control.hasTransport('alice')).toBe(true);
    world.run(200);
    expect(world.events.at(-1)).toEqual({ type: 'transport.closed', transportId: 'alice', reason: 'dtls-failed' });
  });

  it('frees its place for others', () => {
    const world = new World(63, { limits: { transports: 100 } });
    const { control } = world;
    for (let i = 0; i < 100; i++) control.openTransport('room', `squatter-${i}`);
    expect(() => control.openTransport('room', 'newcomer')).toThrow(MediaError);
    world.run(30_000);
    expect(world.events).toHaveLength(100);
    world.connect('newcomer');
    world.run(60_000);
    expect(control.transportStats('newcomer').state).toBe('connected');
  });
});

it('a peer that floods is ended alone', () => {
  const world = new World(64);
  const mallory = world.connect('mallory');
  world.connect('bob');
  world.deliver(() => world.port.put(ReceiveKind.Flood, mallory.session, new Uint8Array(0)));
  expect(world.events.at(-1)).toEqual({ type: 'transport.closed', transportId: 'mallory', reason: 'flooding' });
  expect(world.control.transportStats('bob').state).toBe('connected');
});

describe('DTLS', () => {
  it.each([
    [DtlsState.Failed, 'dtls-failed'],
    [DtlsState.Closed, 'dtls-closed'],
  ])('state %i ends the transport', (state, reason) => {
    const world = new World(44);
    const peer = world.connect('alice');
    world.deliver(() => world.port.putDtls(peer.session, state));
    expect(world.events.at(-1)).toEqual({ type: 'transport.closed', transportId: 'alice', reason });
  });

  it('that does not complete in 30 s ends the transport', () => {
    const world = new World(45);
    world.open('alice');
    world.control.connectTransport('alice', dtlsParameters());
    world.check('alice');
    world.keepConsent('alice');
    world.run(31_000);
    expect(world.events.at(-1)).toEqual({ type: 'transport.closed', transportId: 'alice', reason: 'dtls-failed' });
  });
});

function read(bytes: Uint8Array): StunMessage {
  const message = parseStun(bytes);
  if (!message) throw new Error('no STUN message');
  return message;
}

function errorCode(message: StunMessage): number {
  const { bytes } = message;
  expect((bytes[20]! << 8) | bytes[21]!).toBe(Attribute.ErrorCode);
  return bytes[26]! * 100 + bytes[27]!;
}
