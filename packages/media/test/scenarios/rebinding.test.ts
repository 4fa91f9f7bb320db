import { BindingType, parseStun } from '@waterbus/stun';
import { describe, expect, it } from 'vitest';
import { IceCheck } from '../../src/ice/check.js';
import { ReceiveKind } from '../../src/port/packet-port.js';
import { ipv4Address } from '../simulation/memory-port.js';
import { bindingAnswer, bindingRequest } from '../simulation/stun-client.js';
import { writeRtcp } from '../simulation/wire.js';
import { hmacSha1, World } from '../simulation/world.js';

// A NAT assigns another port, or the peer is in another network: its checks come from an address
// that was not selected. The transport moves there once the peer has answered a check of its own.

const PASSWORD = 'the password of the peer';
const REMOTE = { usernameFragment: 'remote', password: PASSWORD.replaceAll(' ', '+'), iceLite: false };
const HOME = ipv4Address(1, 5000);
const MOVED = ipv4Address(1, 6000);
const VICTIM = ipv4Address(66, 6666);

/** A connected peer that answers checks at the addresses in `present`, half a round trip away. */
function connected({
  credentials = true,
  present = [HOME, MOVED],
}: {
  credentials?: boolean;
  present?: Uint8Array[];
} = {}) {
  const world = new World(61);
  const bob = world.connect('bob');
  const checks: { at: number; to: string }[] = [];
  const keys = present.map((address) => Buffer.from(address).toString('hex'));
  world.port.onStun = (to, bytes) => {
    const message = parseStun(bytes);
    if (message?.type !== BindingType.Request) return;
    expect(IceCheck.read(message)).toMatchObject({ controlled: true, username: expect.stringMatching(/^remote:/) });
    expect(message.integrityHolds('sha1', Buffer.from(REMOTE.password), hmacSha1)).toBe(true);
    checks.push({ at: world.now, to });
    const from = present[keys.indexOf(to)];
    if (from) world.at(world.now + ROUND_TRIP, () => answer(bindingAnswer(bytes, REMOTE.password), from));
  };
  const answer = (bytes: Uint8Array, from: Uint8Array) =>
    world.deliver(() => world.port.put(ReceiveKind.Stun, bob.session, bytes, 0, from));
  if (credentials) world.control.setRemoteIce('bob', REMOTE);
  world.run(7_000);
  // Once, to know whether the peer answers.
  if (credentials && present.length > 0) expect(checks.splice(0)).toHaveLength(1);
  const selected = () => world.control.transportStats('bob').selectedAddress;
  return { world, bob, checks, selected, answer };
}

const ROUND_TRIP = 40;

describe('a peer behind a NAT that assigns another port', () => {
  it('is sent to at the new one a round trip after its next check', () => {
    const { world, checks, selected } = connected();
    world.silent.add('bob');
    world.check('bob', { address: MOVED });
    expect(selected()).toBe('192.0.2.1:5000');
    world.run(ROUND_TRIP + 1);
    expect(selected()).toBe('192.0.2.1:6000');
    expect(checks).toHaveLength(1);
  });

  it('moves after an ICE restart, whose new credentials arrive after its first check', () => {
    const { world, checks, selected } = connected({ credentials: false });
    world.silent.add('bob');
    world.control.restartIce('bob');
    world.check('bob', { address: MOVED });
    world.run(100);
    expect(checks).toHaveLength(0);
    world.control.setRemoteIce('bob', REMOTE);
    world.run(ROUND_TRIP + 1);
    expect(selected()).toBe('192.0.2.1:6000');
  });

  it('moves while it sends media from there and checks it often, after an ICE restart', () => {
    const { world, bob, selected } = connected();
    world.silent.add('bob');
    world.check('bob', { address: MOVED, useCandidate: false });
    world.control.restartIce('bob');
    // Between the sending of a check and the answer: more checks, and media.
    for (let i = 0; i < ROUND_TRIP; i += 4) {
      world.check('bob', { address: MOVED });
      world.deliver(() => world.port.putMedia(ReceiveKind.Rtcp, bob.session, writeRtcp(201, 0, [1]), MOVED));
      world.run(4);
    }
    world.run(1);
    expect(selected()).toBe('192.0.2.1:6000');
  });

  it('repeats a lost check, and gives up after three', () => {
    const { world, checks, selected } = connected({ present: [HOME] });
    world.silent.add('bob');
    world.check('bob', { address: MOVED });
    world.run(5_000);
    expect(checks).toHaveLength(3);
    expect(selected()).toBe('192.0.2.1:5000');
    expect(world.control.transportStats('bob').state).toBe('connected');
  });

  it('is followed as before when it answers no checks', () => {
    const { world, selected } = connected({ present: [] });
    world.silent.add('bob');
    world.check('bob', { address: MOVED });
    world.run(7_000);
    world.check('bob', { address: MOVED });
    expect(selected()).toBe('192.0.2.1:6000');
  });
});

describe('media are not directed to a third party', () => {
  it('by checks with its address as their source, also after an ICE restart', () => {
    const { world, checks, selected } = connected();
    for (const restarts of [false, true]) {
      if (restarts) world.control.restartIce('bob');
      // Bob neither checks nor sends from his own address any more.
      world.silent.add('bob');
      for (let i = 0; i < 100; i++) {
        world.check('bob', { address: VICTIM });
        world.run(100);
        expect(selected()).not.toContain('192.0.2.66');
      }
    }
    // For 200 forged checks in 20 s; each of the peer's own would be answered in any case.
    expect(checks.length).toBeLessThan(100);
  });

  it('by media with its address as their source, from a peer that answers checks', () => {
    const { world, bob, selected } = connected();
    world.check('bob', { address: MOVED });
    world.run(1_000);
    expect(selected()).toBe('192.0.2.1:6000');
    world.check('bob', { address: VICTIM, useCandidate: false });
    world.deliver(() => world.port.putMedia(ReceiveKind.Rtcp, bob.session, writeRtcp(201, 0, [1]), VICTIM));
    world.run(1_000);
    expect(selected()).toBe('192.0.2.1:6000');
  });

  it('by answers to checks that were made up, repeated, or sent from another address', () => {
    const { world, bob, checks, selected, answer } = connected({ present: [HOME] });
    const sent: Uint8Array[] = [];
    const { onStun } = world.port;
    world.port.onStun = (to, bytes) => {
      sent.push(bytes);
      onStun(to, bytes);
    };
    world.check('bob', { address: VICTIM });
    world.check('bob', { address: MOVED, useCandidate: false });
    const request = sent.find((bytes) => bytes[1] === 1 && bytes[0] === 0)!;
    expect(checks).toHaveLength(1);
    answer(bindingAnswer(request, 'another+password+of+no+use'), VICTIM);
    answer(bindingAnswer(request, REMOTE.password), MOVED);
    answer(bindingAnswer(bindingRequest({ plain: true }), REMOTE.password), VICTIM);
    expect(selected()).toBe('192.0.2.1:5000');
    expect(world.control.transportStats('bob').state).toBe('connected');
    expect(bob.session).toBeGreaterThanOrEqual(0);
  });
});

describe('a flood of new addresses', () => {
  it('causes a bounded number of checks, and the peer stays where it is', () => {
    const { world, checks, selected } = connected();
    for (let i = 0; i < 1_000; i++) {
      world.check('bob', { address: ipv4Address(100 + (i % 100), 1_000 + i) });
      world.run(1);
    }
    // One each 50 ms, for four addresses at a time.
    expect(checks.length).toBeLessThanOrEqual(21);
    world.run(5_000);
    expect(checks.length).toBeLessThanOrEqual(21 + 12);
    expect(selected()).toBe('192.0.2.1:5000');
    expect(world.control.transportStats('bob').state).toBe('connected');
  });
});

describe('credentials of a peer', () => {
  it.each([
    { usernameFragment: 'abc', password: REMOTE.password },
    { usernameFragment: 'remote', password: 'short' },
    { usernameFragment: 'remote:two', password: REMOTE.password },
    { usernameFragment: 'é'.repeat(8), password: REMOTE.password },
    { usernameFragment: 'a'.repeat(257), password: REMOTE.password },
    {},
  ])('are refused where they are none: %j', (parameters) => {
    const { world } = connected({ credentials: false });
    expect(() => world.control.setRemoteIce('bob', parameters as never)).toThrow(/usernameFragment|password/);
  });
});
