import { describe, expect, it } from 'vitest';
import { MediaError } from '../../src/index.js';
import { DtlsState, ReceiveKind } from '../../src/port/packet-port.js';
import { ipv4Address } from '../simulation/memory-port.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { writeRtp } from '../simulation/wire.js';
import { dtlsParameters, World } from '../simulation/world.js';

// Each test breaks the engine in one place, while two other participants are in a call.

function broken(): never {
  throw new Error('broken on purpose');
}

function call() {
  const world = new World(111);
  const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
  publisher.produce('camera');
  const camera = new Receiver(world, 'bob').consume('camera');
  const mallory = new Publisher(world, 'mallory', { kind: 'video', ssrc: 33, rtxSsrc: 44 });
  mallory.produce('noise');
  const noise = new Receiver(world, 'carol').consume('noise');
  world.run(1000);
  world.events.length = 0;
  const transport = world.engine.sessions.find(mallory.peer.session)!;
  return { world, camera, noise, mallory, transport };
}

type Call = ReturnType<typeof call>;

/** The place of the fault. Each returns the transport that has to end. */
const places: Record<string, (call: Call) => string> = {
  'a received RTP packet': ({ transport }) => {
    transport.receiveRtp = broken;
    return 'mallory';
  },
  'a received RTCP packet': ({ world, mallory, transport }) => {
    transport.receiveRtcp = broken;
    world.port.put(ReceiveKind.Rtcp, mallory.peer.session, new Uint8Array(8));
    return 'mallory';
  },
  'a received DTLS state': ({ world, mallory, transport }) => {
    transport.receiveDtls = broken;
    world.port.putDtls(mallory.peer.session, DtlsState.Closed);
    return 'mallory';
  },
  'an ICE check': ({ world, transport }) => {
    transport.receiveCheck = broken;
    world.check('mallory', { address: ipv4Address(9, 9) });
    return 'mallory';
  },
  'a deadline': ({ transport }) => {
    transport.advance = broken;
    return 'mallory';
  },
  'forwarding to one receiver': ({ world }) => {
    for (const transport of world.engine.sessions) if (transport.id === 'carol') transport.media.send = broken;
    return 'carol';
  },
  'allocating to one receiver': ({ world }) => {
    for (const transport of world.engine.sessions) {
      if (transport.id === 'carol') Object.assign(transport.media.allocator!, { allocate: broken });
    }
    return 'carol';
  },
  'a call of the control surface': ({ world, transport }) => {
    transport.connect = broken;
    expect(() =>
      world.engine.perform(world.now, (control) => control.connectTransport('mallory', dtlsParameters())),
    ).toThrow(expect.objectContaining({ code: 'internal-error' }));
    return 'mallory';
  },
  'an end that breaks as well': ({ world, transport }) => {
    const { port } = world;
    const closeSession = port.closeSession.bind(port);
    port.closeSession = (session) => {
      closeSession(session);
      broken();
    };
    transport.receiveRtp = broken;
    return 'mallory';
  },
};

describe('a fault of the engine while it works for one peer', () => {
  it.each(Object.keys(places))('ends that transport alone: %s', (place) => {
    const situation = call();
    const { world, camera } = situation;
    const before = camera.received.length;
    const victim = places[place]!(situation);
    world.run(3000);
    expect(camera.received.length - before).toBeGreaterThan(260);
    expect(camera.missing()).toEqual([]);
    const { control } = world;
    expect(['alice', 'bob', 'mallory', 'carol'].filter((id) => !control.hasTransport(id))).toEqual([victim]);
    expect(world.events.filter((event) => event.type === 'transport.closed')).toEqual([
      { type: 'transport.closed', transportId: victim, reason: 'internal-error' },
    ]);
    const faults = world.events.filter((event) => event.type === 'fault');
    expect(faults[0]).toMatchObject({
      transportId: victim,
      routerId: 'room',
      error: expect.stringContaining('broken on purpose'),
    });
    expect(faults.length).toBe(place === 'an end that breaks as well' ? 2 : 1);
    expect(world.engine.faults).toBe(faults.length);
  });

  it('does not stop the rest of a batch', () => {
    const { world, camera, mallory, transport } = call();
    transport.receiveRtp = broken;
    const send = world.send.bind(world);
    // All packets of the next frames wait and are delivered at once, the bad packet first.
    const held: Uint8Array[] = [];
    world.send = (peer, packet, isRtp) => {
      if (isRtp && peer.transportId === 'alice') held.push(packet);
      else if (!isRtp) send(peer, packet, isRtp);
    };
    world.run(100);
    const before = camera.received.length;
    const alice = [...world.engine.sessions].find(({ id }) => id === 'alice')!;
    world.deliver(() => {
      world.port.put(ReceiveKind.Rtp, mallory.peer.session, held[0]!);
      for (const packet of held) world.port.put(ReceiveKind.Rtp, alice.session, packet);
    });
    world.run(1);
    expect(held.length).toBeGreaterThan(5);
    expect(camera.received.length - before).toBe(held.length);
    expect(world.engine.faults).toBe(1);
  });

  it('is not caused by transport-wide numbers in descending order', () => {
    const { world, camera, mallory } = call();
    mallory.isSending = false;
    for (let i = 0; i < 512; i++) {
      const number = 1100 - i;
      const packet = writeRtp({
        ...{ payloadType: 96, marker: true, sequenceNumber: i, timestamp: 0, ssrc: 33, payload: new Uint8Array(20) },
        extensions: new Map([[3, Uint8Array.of(number >> 8, number & 0xff)]]),
      });
      if (i % 14 !== 0) world.run(0.5);
      world.deliver(() => world.port.put(ReceiveKind.Rtp, mallory.peer.session, packet));
    }
    world.run(1000);
    expect(world.engine.faults).toBe(0);
    expect(mallory.feedbacks.length).toBeGreaterThan(4);
    expect(camera.missing()).toEqual([]);
  });

  it('that concerns no peer ends no transport', () => {
    const { world, camera } = call();
    const { port } = world;
    const flush = port.flush.bind(port);
    port.flush = () => {
      port.flush = flush;
      broken();
    };
    world.run(1000);
    expect(camera.received.length).toBeGreaterThan(160);
    expect(world.control.counts().transports).toBe(4);
    expect(world.engine.faults).toBe(1);
  });

  it('is not a refusal, and a refusal is not a fault', () => {
    const { world } = call();
    expect(() => world.engine.perform(world.now, (control) => control.transportStats('nobody'))).toThrow(MediaError);
    expect(world.engine.faults).toBe(0);
  });
});
