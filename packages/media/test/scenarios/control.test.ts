import { describe, expect, it } from 'vitest';
import { MediaError, type RtpParameters } from '../../src/index.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { dtlsParameters, World } from '../simulation/world.js';

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof MediaError) return error.code;
    throw error;
  }
  return 'none';
}

function audio(ssrc: number): RtpParameters {
  return {
    codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48000, channels: 2 }],
    encodings: [{ ssrc }],
  };
}

describe('control', () => {
  it('answers not-found for unknown ids', () => {
    const { control } = new World();
    expect(refusal(() => control.openTransport('nowhere', 'alice'))).toBe('not-found');
    expect(refusal(() => control.connectTransport('alice', dtlsParameters()))).toBe('not-found');
    expect(refusal(() => control.restartIce('alice'))).toBe('not-found');
    expect(refusal(() => control.pauseProducer('camera'))).toBe('not-found');
    expect(refusal(() => control.transportStats('alice'))).toBe('not-found');
    control.closeTransport('alice');
    control.closeProducer('camera');
    control.closeConsumer('bob/camera');
    control.closeRouter('nowhere');
  });

  it('ignores a second opening of the same id', () => {
    const { control } = new World();
    expect(control.openTransport('room', 'alice')).toEqual(control.openTransport('room', 'alice'));
    const produce = () =>
      control.produce({ transportId: 'alice', producerId: 'microphone', kind: 'audio', rtpParameters: audio(5) });
    produce();
    produce();
    expect(control.counts()).toEqual({ routers: 1, transports: 1, producers: 1, consumers: 0 });
  });

  it.each([
    ['no codec', { codecs: [] }],
    [
      'a codec the router lacks',
      { ...audio(1), codecs: [{ mimeType: 'audio/PCMU', payloadType: 0, clockRate: 8000 }] },
    ],
    ['no object', 7],
    ['an SSRC out of range', audio(2 ** 33)],
    ['nothing to find its packets by', { codecs: audio(1).codecs }],
    ['one payload type twice', { ...audio(1), codecs: [...audio(1).codecs, ...audio(1).codecs] }],
  ])('refuses a producer with %s', (_what, rtpParameters) => {
    const { control } = new World();
    control.openTransport('room', 'alice');
    const request = { transportId: 'alice', producerId: 'p', kind: 'audio' as const };
    expect(refusal(() => control.produce({ ...request, rtpParameters: rtpParameters as never }))).toBe(
      'invalid-parameters',
    );
    expect(control.counts().producers).toBe(0);
  });

  it('refuses a second producer with the SSRC of the first', () => {
    const { control } = new World();
    control.openTransport('room', 'alice');
    const request = { transportId: 'alice', kind: 'audio' as const, rtpParameters: audio(5) };
    control.produce({ ...request, producerId: 'one' });
    expect(refusal(() => control.produce({ ...request, producerId: 'two' }))).toBe('invalid-parameters');
  });

  it('refuses DTLS parameters without a usable fingerprint, and a change of them', () => {
    const { control } = new World();
    control.openTransport('room', 'alice');
    const connect = (value: string) =>
      refusal(() =>
        control.connectTransport('alice', { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] }),
      );
    expect(connect('nonsense')).toBe('invalid-parameters');
    expect(connect(new Array(32).fill('ab').join(':'))).toBe('none');
    expect(connect(new Array(32).fill('AB').join(':'))).toBe('none');
    expect(connect(new Array(32).fill('AC').join(':'))).toBe('invalid-parameters');
  });

  it('refuses to consume without the codec, and across routers', () => {
    const { control } = new World();
    control.openRouter('elsewhere');
    control.openTransport('room', 'alice');
    control.openTransport('elsewhere', 'bob');
    control.produce({ transportId: 'alice', producerId: 'microphone', kind: 'audio', rtpParameters: audio(5) });
    const request = { consumerId: 'c', producerId: 'microphone' };
    const rtpCapabilities = control.openRouter('room');
    expect(refusal(() => control.consume({ ...request, transportId: 'bob', rtpCapabilities }))).toBe('cannot-consume');
    const without = { ...request, transportId: 'alice', rtpCapabilities: { codecs: [] } };
    expect(refusal(() => control.consume(without))).toBe('cannot-consume');
    expect(control.canConsume('microphone', { codecs: [] })).toBe(false);
    expect(control.canConsume('microphone', rtpCapabilities)).toBe(true);
  });

  it('enforces its limits', () => {
    const world = new World(1, { limits: { transports: 1, producersPerTransport: 1, consumersPerTransport: 1 } });
    const { control } = world;
    control.openTransport('room', 'alice');
    expect(refusal(() => control.openTransport('room', 'bob'))).toBe('limit-reached');
    const produce = (producerId: string, ssrc: number) =>
      refusal(() => control.produce({ transportId: 'alice', producerId, kind: 'audio', rtpParameters: audio(ssrc) }));
    expect(produce('one', 1)).toBe('none');
    expect(produce('two', 2)).toBe('limit-reached');
    const rtpCapabilities = control.openRouter('room');
    const consume = (consumerId: string) =>
      refusal(() => control.consume({ transportId: 'alice', consumerId, producerId: 'one', rtpCapabilities }));
    expect(consume('c1')).toBe('none');
    expect(consume('c2')).toBe('limit-reached');
  });
});

describe('cascades of closing', () => {
  function call() {
    const world = new World(61);
    const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11 });
    publisher.level = -75;
    publisher.produce('microphone');
    const microphone = new Receiver(world, 'bob').consume('microphone');
    world.run(500);
    world.events.length = 0;
    return { world, microphone, control: world.control };
  }

  it('a producer closes its consumers', () => {
    const { world, microphone, control } = call();
    control.closeProducer('microphone');
    world.run(100);
    const before = microphone.received.length;
    world.run(1000);
    expect(microphone.received.length).toBe(before);
    expect(world.events).toEqual([
      { type: 'consumer.closed', consumerId: 'bob/microphone', reason: 'producer-closed' },
    ]);
  });

  it('a transport closes its producers, and they their consumers', () => {
    const { world, control } = call();
    control.closeTransport('alice');
    world.run(100);
    expect(world.events).toEqual([
      { type: 'producer.closed', producerId: 'microphone', reason: 'transport-closed' },
      { type: 'consumer.closed', consumerId: 'bob/microphone', reason: 'producer-closed' },
    ]);
    expect(control.counts()).toEqual({ routers: 1, transports: 1, producers: 0, consumers: 0 });
  });

  it('a transport closes its consumers, and their producers continue', () => {
    const { world, control } = call();
    control.closeTransport('bob');
    world.run(100);
    expect(world.events).toEqual([
      { type: 'consumer.closed', consumerId: 'bob/microphone', reason: 'transport-closed' },
    ]);
    expect(control.counts().producers).toBe(1);
  });

  it('a router closes all', () => {
    const { world, control } = call();
    control.closeRouter('room');
    world.run(100);
    expect(world.events).toEqual([
      { type: 'producer.closed', producerId: 'microphone', reason: 'router-closed' },
      { type: 'consumer.closed', consumerId: 'bob/microphone', reason: 'router-closed' },
      { type: 'transport.closed', transportId: 'alice', reason: 'router-closed' },
      { type: 'transport.closed', transportId: 'bob', reason: 'router-closed' },
    ]);
    expect(world.port.open.size).toBe(0);
    expect(world.engine.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  });

  it('closing one’s own consumer emits no event', () => {
    const { world, control } = call();
    control.closeConsumer('bob/microphone');
    world.run(100);
    expect(world.events).toEqual([]);
  });
});

describe('memory', () => {
  it('flushes by itself when the descriptors are full', () => {
    const world = new World(71, { sendCapacity: 8 });
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
    publisher.produce('camera');
    const cameras = Array.from({ length: 20 }, (_, i) => new Receiver(world, `r${i}`).consume('camera'));
    world.run(2000);
    for (const camera of cameras) {
      expect(camera.received.length).toBeGreaterThan(150);
      expect(camera.missing()).toEqual([]);
    }
  });

  it('answers no NACK for packets that the store has overwritten', () => {
    const world = new World(72, { callerBytes: 900 * 1024 });
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22, packetsPerFrame: 30 });
    publisher.produce('camera');
    const camera = new Receiver(world, 'bob').consume('camera');
    const others = ['x', 'y', 'z'].map((id, i) => {
      const other = new Publisher(world, id, { kind: 'video', ssrc: 100 + i, packetsPerFrame: 60 });
      other.produce(id);
      return other;
    });
    world.run(2000);
    const sequence = camera.inOrder().at(-900)!.sequence;
    camera.nack(sequence);
    world.run(10);
    expect(camera.duplicates).toBe(0);
    camera.nack(camera.inOrder().at(-5)!.sequence);
    world.run(10);
    expect(camera.duplicates).toBe(1);
    expect(others.length).toBe(3);
  });
});
