import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaError } from '../../src/index.js';
import { validateDtlsParameters, validateRtpCapabilities, validateRtpParameters } from '../../src/ortc/validate.js';
import { ReceiveKind } from '../../src/port/packet-port.js';
import type { Directory, NumberedRouter } from '../../src/router/directory.js';
import { LayeredPublisher } from '../simulation/layered-publisher.js';
import { ipv4Address } from '../simulation/memory-port.js';
import { Publisher } from '../simulation/publisher.js';
import { SeededRandom } from '../simulation/random.js';
import { Receiver } from '../simulation/receiver.js';
import { World } from '../simulation/world.js';
import { hostileDatagrams, mutate } from './datagrams.js';
import { targets } from './targets.js';

describe('every parser accepts any bytes', () => {
  it.each(Object.keys(targets))('%s', (name) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => targets[name]!(bytes)),
      { numRuns: 2000 },
    );
    const random = new SeededRandom(name.length);
    const datagrams = hostileDatagrams(random);
    for (let i = 0; i < 20_000; i++) targets[name]!(datagrams.next().value);
  });
});

describe('dictionaries', () => {
  const key = fc.constantFrom(
    ...[
      'codecs',
      'headerExtensions',
      'encodings',
      'rtcp',
      'mid',
      'mimeType',
      'kind',
      'payloadType',
      'clockRate',
      'channels',
    ],
    ...[
      'parameters',
      'rtcpFeedback',
      'type',
      'uri',
      'id',
      'preferredId',
      'ssrc',
      'rid',
      'rtx',
      'role',
      'fingerprints',
      'value',
    ],
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom(
        'audio',
        'video',
        'audio/opus',
        'video/VP8',
        'sha-256',
        48000,
        90000,
        0,
        -1,
        2 ** 40,
        null,
        Number.NaN,
      ),
      fc.string(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 6 }),
    ),
  }));

  it.each([
    ['rtpParameters', validateRtpParameters],
    ['rtpCapabilities', validateRtpCapabilities],
    ['dtlsParameters', validateDtlsParameters],
  ])('%s are refused with a reason, never by accident', (_name, validate) => {
    fc.assert(
      fc.property(value, (anything) => {
        try {
          validate(anything);
        } catch (error) {
          if (!(error instanceof MediaError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a running engine', () => {
  it('survives hostile packets of members and strangers, and calls continue', () => {
    const world = new World(81);
    const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22, mid: '1' });
    publisher.produce('camera');
    const camera = new Receiver(world, 'bob').consume('camera');
    // A member whose own stream is the victim of its bytes; it must not disturb the others.
    const mallory = new Publisher(world, 'mallory', { kind: 'video', ssrc: 11, rtxSsrc: 22, mid: '1' });
    mallory.produce('noise');
    new Receiver(world, 'carol').consume('noise');
    world.run(1000);
    const datagrams = hostileDatagrams(world.random);
    for (let i = 0; i < 30_000; i++) {
      const kind = [ReceiveKind.Rtp, ReceiveKind.Rtcp, ReceiveKind.Stun][i % 3]!;
      world.port.put(kind, mallory.peer.session, datagrams.next().value, i % 1000, ipv4Address(i % 200, i & 0xffff));
      if (i % 100 !== 0) continue;
      world.engine.receive(world.port.take(), world.now);
      world.run(3);
    }
    world.engine.receive(world.port.take(), world.now);
    world.stunAnswers.length = 0;
    world.run(1000);
    const before = camera.received.length;
    world.run(1000);
    expect(camera.received.length - before).toBeGreaterThan(85);
    expect(camera.missing()).toEqual([]);
    expect(world.control.counts().transports).toBe(4);
  });

  it.each([
    ['VP8', true],
    ['VP9', false],
    ['AV1', false],
    ['AV1', true],
    ['H264', true],
  ] as const)('takes mutilated packets of layers (%s, simulcast: %s) without a fault', (codec, isSimulcast) => {
    const world = new World(82);
    const mallory = new LayeredPublisher(world, 'mallory', codec, isSimulcast);
    const integer = (below: number) => Math.floor(world.random.next() * below);
    const send = world.send.bind(world);
    world.send = (peer, packet, isRtp) => {
      const isHurt = peer === mallory.peer && isRtp && integer(12) === 0;
      send(peer, isHurt ? mutate(packet, integer) : packet, isRtp);
    };
    mallory.produce('noise');
    const carol = new Receiver(world, 'carol').consume('noise');
    const { directory } = world.engine as unknown as { directory: Directory<NumberedRouter> };
    const { consumer } = directory.consumers.get('carol/noise')!;
    for (let i = 0; i < 25; i++) {
      consumer.setTarget(integer(4) - 1, integer(3));
      world.run(200 + integer(400));
    }
    expect(world.events.filter(({ type }) => type === 'fault')).toEqual([]);
    expect(world.port.refused).toBe(0);
    expect(carol.received.length).toBeGreaterThan(100);
  });
});
