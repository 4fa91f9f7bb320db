import { describe, expect, it } from 'vitest';
import { DtlsState } from '../../src/port/packet-port.js';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { readRtp } from '../simulation/wire.js';
import { dtlsParameters, World } from '../simulation/world.js';

function call() {
  const world = new World(31);
  const publisher = new Publisher(world, 'alice', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
  publisher.produce('camera');
  const camera = new Receiver(world, 'bob').consume('camera');
  world.run(2000);
  publisher.keyFrameRequests = [];
  return { world, publisher, camera };
}

describe('key frame requests', () => {
  it('of many receivers at once become one', () => {
    const { world, publisher } = call();
    for (let i = 0; i < 20; i++) new Receiver(world, `late${i}`).consume('camera');
    world.run(400);
    expect(publisher.keyFrameRequests.length).toBe(1);
  });

  it('are sent at most every half second for any number of receivers, except for the first few newcomers', () => {
    const { world, publisher } = call();
    for (let i = 0; i < 20; i++) {
      world.run(150);
      new Receiver(world, `late${i}`).consume('camera');
    }
    const gaps = publisher.keyFrameRequests.slice(1).map((at, i) => at - publisher.keyFrameRequests[i]!);
    expect(gaps.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(249);
    expect(gaps.filter((gap) => gap < 499).length).toBeLessThanOrEqual(4);
  });

  it('do not delay a newcomer after the key frame of another one', () => {
    const { world, publisher } = call();
    new Receiver(world, 'late').consume('camera');
    world.run(300);
    const later = new Receiver(world, 'later').consume('camera');
    const joinedAt = world.now;
    world.run(100);
    expect(later.received[0]!.at - joinedAt).toBeLessThan(100);
    expect(publisher.keyFrameRequests.length).toBe(2);
  });

  it('are limited for one receiver, for any number of requests, and do not delay others', () => {
    const { world, publisher, camera } = call();
    world.every(10, () => camera.askForKeyFrame(), world.now + 10_000);
    world.run(6000);
    // Four at once, less those used for joining, and then one each four seconds.
    expect(publisher.keyFrameRequests.length).toBeLessThanOrEqual(5);
    const before = publisher.keyFrameRequests.length;
    const late = new Receiver(world, 'late').consume('camera');
    const joinedAt = world.now;
    world.run(600);
    expect(publisher.keyFrameRequests.length).toBe(before + 1);
    expect(late.received[0]!.at - joinedAt).toBeLessThan(600);
    world.run(3400);
    expect(publisher.keyFrameRequests.length).toBeLessThanOrEqual(7);
  });

  it('are limited for a receiver that pauses and resumes, which gets its picture in the end', () => {
    const { world, publisher, camera } = call();
    const { control } = world;
    for (let i = 0; i < 50; i++) {
      control.pauseConsumer('bob/camera');
      world.run(100);
      control.resumeConsumer('bob/camera');
      world.run(100);
    }
    expect(publisher.keyFrameRequests.length).toBeLessThanOrEqual(7);
    const before = camera.received.length;
    world.run(8100);
    expect(camera.received.length).toBeGreaterThan(before + 60);
    expect(publisher.keyFrameRequests.length).toBeLessThanOrEqual(9);
  });

  it('are repeated until the key frame arrives', () => {
    const { world, publisher, camera } = call();
    publisher.respondToKeyFrameRequests = false;
    camera.askForKeyFrame();
    world.run(2100);
    expect(publisher.keyFrameRequests.length).toBe(3);
    publisher.respondToKeyFrameRequests = true;
    world.run(2000);
    expect(publisher.keyFrameRequests.length).toBe(4);
  });

  it('survive loss of the requests themselves', () => {
    const { world, publisher } = call();
    publisher.peer.downlink.loss = 0.5;
    const joinedAt = world.now;
    const late = new Receiver(world, 'late').consume('camera');
    world.run(5000);
    expect(late.received[0]!.at - joinedAt).toBeLessThan(4000);
  });

  it('reach a publisher that was away at the time of the request', () => {
    const { world, publisher, camera } = call();
    world.silent.add('alice');
    publisher.isSending = false;
    world.run(35_000);
    camera.askForKeyFrame();
    world.run(100);
    expect(publisher.keyFrameRequests).toEqual([]);
    world.silent.delete('alice');
    publisher.isSending = true;
    world.run(5000);
    const joinedAt = world.now;
    const late = new Receiver(world, 'late').consume('camera');
    world.run(1000);
    expect(late.received[0]!.at - joinedAt).toBeLessThan(600);
  });

  it('are not made for sound', () => {
    const world = new World(32);
    const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11 });
    publisher.produce('microphone');
    const microphone = new Receiver(world, 'bob').consume('microphone');
    world.run(500);
    microphone.askForKeyFrame();
    world.run(1000);
    expect(publisher.keyFrameRequests).toEqual([]);
  });

  it('are sent when the receiver connects after consuming', () => {
    const { world, publisher } = call();
    world.open('slow');
    world.control.consume({
      transportId: 'slow',
      consumerId: 'slow/camera',
      producerId: 'camera',
      rtpCapabilities: world.control.openRouter('room'),
    });
    world.run(2000);
    expect(publisher.keyFrameRequests).toEqual([]);
    world.finishConnecting('slow');
    world.run(100);
    expect(publisher.keyFrameRequests.length).toBe(1);
  });
});

describe('a newcomer', () => {
  /** A transport with a consumer, before the first check. */
  function connecting(consumerId: string, receive: (packet: Uint8Array, isRtp: boolean) => void = () => {}) {
    const set = call();
    const { world } = set;
    const { control } = world;
    const peer = world.open('newcomer', receive);
    const rtpCapabilities = control.openRouter('room');
    control.consume({ transportId: 'newcomer', consumerId, producerId: 'camera', rtpCapabilities });
    const begin = () => {
      control.connectTransport('newcomer', dtlsParameters());
      world.check('newcomer');
    };
    const connected = () => world.deliver(() => world.port.putDtls(peer.session, DtlsState.Connected));
    const sent = () => control.consumerStats(consumerId).packetsSent;
    return { ...set, begin, connected, sent };
  }

  it('gets a key frame requested while it connects, and starts at it', () => {
    const { world, publisher, begin, connected, sent } = connecting('newcomer/camera');
    begin();
    world.run(150);
    expect(publisher.keyFrameRequests).toHaveLength(1);
    expect(sent()).toBe(0);
    connected();
    expect(sent()).toBeGreaterThan(0);
    world.run(100);
    expect(publisher.keyFrameRequests).toHaveLength(1);
  });

  it('receives an unbroken stream from that key frame on', () => {
    const numbers: number[] = [];
    const timestamps: number[] = [];
    const { world, begin, connected } = connecting('newcomer/camera', (bytes, isRtp) => {
      if (!isRtp) return;
      const packet = readRtp(bytes);
      numbers.push(packet.sequenceNumber);
      timestamps.push(packet.timestamp);
    });
    begin();
    world.run(200);
    connected();
    world.run(1000);
    expect(numbers.length).toBeGreaterThan(30);
    for (const [index, number] of numbers.slice(1).entries()) expect(number).toBe((numbers[index]! + 1) & 0xffff);
    for (const [index, at] of timestamps.slice(1).entries())
      expect((at - timestamps[index]!) | 0).toBeGreaterThanOrEqual(0);
  });

  it('that connects slowly gets a new one', () => {
    const { world, publisher, begin, connected, sent } = connecting('newcomer/camera');
    begin();
    world.run(600);
    connected();
    expect(sent()).toBe(0);
    world.run(100);
    expect(publisher.keyFrameRequests).toHaveLength(2);
    expect(sent()).toBeGreaterThan(0);
  });

  it('that never connects costs one key frame', () => {
    const { world, publisher, begin } = connecting('newcomer/camera');
    begin();
    world.every(500, () => world.check('newcomer'), world.now + 5000);
    world.run(5000);
    expect(publisher.keyFrameRequests).toHaveLength(1);
  });

  it('that resumes its pictures while it connects gets a key frame requested as well', () => {
    const { world, publisher, begin, connected, sent } = connecting('newcomer/camera');
    world.control.pauseConsumer('newcomer/camera');
    begin();
    world.run(50);
    expect(publisher.keyFrameRequests).toHaveLength(0);
    world.engine.perform(world.now, (calls) => calls.resumeConsumer('newcomer/camera'));
    world.run(100);
    expect(publisher.keyFrameRequests).toHaveLength(1);
    connected();
    expect(sent()).toBeGreaterThan(0);
  });

  it('that is paused costs none, and starts at a recent one when it resumes', () => {
    const { world, publisher, begin, connected, sent } = connecting('newcomer/camera');
    const { control } = world;
    control.pauseConsumer('newcomer/camera');
    begin();
    world.run(100);
    connected();
    world.run(100);
    expect(publisher.keyFrameRequests).toHaveLength(0);
    new Receiver(world, 'other').consume('camera');
    world.run(200);
    expect(publisher.keyFrameRequests).toHaveLength(1);
    world.engine.perform(world.now, (calls) => calls.resumeConsumer('newcomer/camera'));
    expect(sent()).toBeGreaterThan(0);
    expect(publisher.keyFrameRequests).toHaveLength(1);
  });
});
