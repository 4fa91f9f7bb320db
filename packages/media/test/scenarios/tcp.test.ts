import { describe, expect, it } from 'vitest';
import { ReceiveKind } from '../../src/port/packet-port.js';
import { ipv4Address, tcpAddress } from '../simulation/memory-port.js';
import { World } from '../simulation/world.js';

/** A connected transport whose peer nominated this address. */
function connectedAt(address: Uint8Array) {
  const world = new World(71);
  world.addressOf = () => address;
  const peer = world.connect('alice');
  const stats = () => world.control.transportStats('alice');
  const states = () => world.events.flatMap((event) => (event.type === 'transport.state' ? event.state : []));
  const end = () => world.deliver(() => world.port.putGone(peer.session));
  return { world, peer, stats, states, end };
}

describe('a TCP connection', () => {
  it('is an address like any other, and the statistics show its protocol', () => {
    const { stats } = connectedAt(tcpAddress(1, 5000, 7));
    expect(stats()).toMatchObject({ state: 'connected', selectedAddress: '192.0.2.1:5000', protocol: 'tcp' });
    expect(connectedAt(ipv4Address(1, 5000)).stats().protocol).toBe('udp');
  });

  it('is another address than a later one of the same 4-tuple', () => {
    const { world, peer } = connectedAt(tcpAddress(1, 5000, 7));
    world.check('alice', { useCandidate: false, address: tcpAddress(1, 5000, 8) });
    expect(world.port.learntAddresses.map(({ session }) => session)).toEqual([peer.session]);
  });

  it('that ends leaves the peer disconnected until it checks again, from any address', () => {
    const { world, peer, stats, states, end } = connectedAt(tcpAddress(1, 5000, 7));
    world.silent.add('alice');
    end();
    expect(stats().state).toBe('disconnected');
    expect(stats().selectedAddress).toBeUndefined();
    // A new connection need not be nominated again: libwebrtc connects anew under the old pair.
    world.check('alice', { useCandidate: false, address: tcpAddress(1, 5001, 9) });
    expect(stats()).toMatchObject({ state: 'connected', selectedAddress: '192.0.2.1:5001', protocol: 'tcp' });
    expect(world.port.addresses.has(peer.session)).toBe(true);
    expect(states()).toEqual(['connecting', 'connected', 'disconnected', 'connected']);
  });

  it('that ends hands over to an address that the peer checked lately', () => {
    const { world, stats, states, end } = connectedAt(tcpAddress(1, 5000, 7));
    world.silent.add('alice');
    world.check('alice', { useCandidate: false, address: ipv4Address(1, 6000) });
    end();
    expect(stats()).toMatchObject({ state: 'connected', selectedAddress: '192.0.2.1:6000', protocol: 'udp' });
    expect(states()).toEqual(['connecting', 'connected']);
  });

  it('that ends for good closes the transport as lost consent does', () => {
    const { world, stats, end } = connectedAt(tcpAddress(1, 5000, 7));
    world.silent.add('alice');
    end();
    world.run(29_000);
    expect(stats().state).toBe('disconnected');
    world.run(2_000);
    expect(world.events.at(-1)).toMatchObject({ type: 'transport.closed', reason: 'consent-expired' });
  });

  it('that ends before DTLS has begun leaves the time to connect as it is', () => {
    const world = new World(72);
    const peer = world.open('alice');
    world.check('alice', { address: tcpAddress(1, 5000, 7) });
    world.deliver(() => world.port.putGone(peer.session));
    world.run(29_000);
    expect(world.control.hasTransport('alice')).toBe(true);
    world.run(2_000);
    expect(world.events.at(-1)).toMatchObject({ type: 'transport.closed', reason: 'ice-timeout' });
  });

  it('gives way to UDP that the peer nominates, and takes over when UDP is blocked in mid-call', () => {
    const tcp = tcpAddress(1, 5000, 7);
    const { world, peer, stats } = connectedAt(tcp);
    world.silent.add('alice');
    world.run(7_000);
    for (let i = 0; i < 2; i++) world.check('alice', { address: ipv4Address(1, 6000) });
    expect(stats().protocol).toBe('udp');
    // The peer's packets arrive by TCP: it has given UDP up.
    world.check('alice', { useCandidate: false, address: tcp });
    expect(stats().protocol).toBe('udp');
    world.deliver(() =>
      world.port.putMedia(ReceiveKind.Rtcp, peer.session, Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 1), tcp),
    );
    expect(stats().protocol).toBe('tcp');
  });
});
