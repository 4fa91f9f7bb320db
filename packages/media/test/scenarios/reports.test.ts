import { describe, expect, it } from 'vitest';
import { Publisher } from '../simulation/publisher.js';
import { Receiver } from '../simulation/receiver.js';
import { type RtcpPart, readRtcp, writeRtcp } from '../simulation/wire.js';
import { World } from '../simulation/world.js';

function call(link = {}) {
  const world = new World(51);
  const publisher = new Publisher(
    world,
    'alice',
    { kind: 'video', ssrc: 11, rtxSsrc: 22, timestamp: 4_000_000_000 },
    link,
  );
  publisher.produce('camera');
  const receiver = new Receiver(world, 'bob', { delay: 30 });
  const camera = receiver.consume('camera', { rtpCapabilities: world.control.openRouter('room') });
  return { world, publisher, receiver, camera, control: world.control };
}

describe('sender reports', () => {
  it('map the receiver’s timestamps to the publisher’s clock', () => {
    const { world, camera } = call();
    world.run(5000);
    expect(camera.senderReports.length).toBeGreaterThanOrEqual(3);
    for (const { part, at } of camera.senderReports) {
      const sentAt = at - 30;
      const ntp = part.body.getUint32(4) + part.body.getUint32(8) / 2 ** 32;
      // The publisher's NTP clock is the virtual one, in seconds.
      expect(Math.abs(ntp * 1000 - sentAt)).toBeLessThan(1);
      const latest = camera.received.filter((packet) => packet.at <= at).at(-1)!;
      const distance = ((part.body.getUint32(12) - latest.packet.timestamp) | 0) / 90;
      expect(Math.abs(distance - (sentAt - (latest.at - 30)))).toBeLessThan(40);
    }
  });

  it('remain correct after the publisher restarts with other timestamps', () => {
    const { world, publisher, camera } = call();
    world.run(2000);
    publisher.restart(11, 33_000, 77);
    world.run(4000);
    const { part, at } = camera.senderReports.at(-1)!;
    const latest = camera.received.filter((packet) => packet.at <= at).at(-1)!;
    expect(Math.abs((part.body.getUint32(12) - latest.packet.timestamp) | 0)).toBeLessThan(90 * 100);
  });

  it('count packets and payload bytes', () => {
    const { world, camera } = call();
    world.run(5000);
    const { part, at } = camera.senderReports.at(-1)!;
    const before = camera.received.filter((packet) => packet.at < at).length;
    expect(Math.abs(part.body.getUint32(16) - before)).toBeLessThanOrEqual(6);
    expect(part.body.getUint32(20)).toBe(part.body.getUint32(16) * 100);
  });

  it('let the engine measure the round-trip time of a receiver that reports about them', () => {
    const { world, receiver, camera, control } = call();
    world.run(3500);
    const { part, at } = camera.senderReports.at(-1)!;
    const lastReport = ((part.body.getUint32(4) & 0xffff) << 16) | (part.body.getUint32(8) >>> 16);
    const delay = Math.round(((world.now - at) * 65_536) / 1000);
    const block = [camera.ssrc, (64 << 24) | 5, 0, 0, lastReport, delay];
    world.send(receiver.peer, writeRtcp(201, 1, [1, ...block]), false);
    world.run(40);
    const stats = control.consumerStats('bob/camera');
    expect(stats.fractionLost).toBe(0.25);
    expect(Math.abs(stats.roundTripTime! - 60)).toBeLessThan(2);
  });
});

describe('sender reports over a silence', () => {
  function sound() {
    const world = new World(53);
    const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11 });
    publisher.produce('microphone');
    const microphone = new Receiver(world, 'bob').consume('microphone');
    world.run(3300);
    return { world, publisher, microphone, control: world.control };
  }

  /**
   * The deviation of each report from the last packet before it, corrected by the time between
   * both, in milliseconds.
   */
  function errors({ senderReports, received }: ReturnType<typeof sound>['microphone'], since: number): number[] {
    return senderReports
      .filter(({ at }) => at > since)
      .map(({ part, at }) => {
        const latest = received.filter((packet) => packet.at <= at).at(-1)!;
        return ((part.body.getUint32(12) - latest.packet.timestamp) | 0) / 48 - (at - latest.at);
      });
  }

  it.each([
    ['whose end a browser hides: its timestamps stood still', 8000, false],
    ['of a paused producer, long', 3000, true],
    ['of a paused producer, shorter than what a packet may be off its line', 300, true],
  ])('%s', (_what, length, pause) => {
    const { world, publisher, microphone, control } = sound();
    expect(microphone.senderReports.length).toBeGreaterThan(1);
    if (pause) control.pauseProducer('microphone');
    publisher.isSending = false;
    world.run(length);
    if (pause) control.resumeProducer('microphone');
    publisher.isSending = true;
    const since = world.now;
    world.run(4000);
    expect(errors(microphone, since).length).toBeGreaterThanOrEqual(2);
    for (const error of errors(microphone, since)) expect(Math.abs(error)).toBeLessThan(5);
  });

  it('stop, because a silent sender sends no reports', () => {
    const { world, publisher, microphone } = sound();
    publisher.isSending = false;
    world.run(2100);
    const before = microphone.senderReports.length;
    world.run(6000);
    expect(microphone.senderReports.length).toBe(before);
  });

  it('continue over noise that is sent every 400 ms', () => {
    const { world, publisher, microphone } = sound();
    publisher.isSending = false;
    world.every(400, () => {
      publisher.timestamp = (publisher.timestamp + 960 * 19) >>> 0;
      publisher.sendFrame();
    });
    const since = world.now;
    world.run(5000);
    expect(errors(microphone, since).length).toBeGreaterThanOrEqual(4);
    for (const error of errors(microphone, since)) expect(Math.abs(error)).toBeLessThan(25);
  });

  it('wait for the next one of the publisher after its BYE', () => {
    const { world, publisher, microphone } = sound();
    world.run(600);
    const before = microphone.senderReports.length;
    world.send(publisher.peer, writeRtcp(203, 1, [11]), false);
    // Both report at the full second, the engine first.
    world.run(150);
    expect(microphone.senderReports.length).toBe(before);
    world.run(1000);
    expect(microphone.senderReports.length).toBe(before + 1);
  });
});

describe('receiver reports', () => {
  const highest = (block: DataView) => block.getUint32(12) & 0xffff;

  it('contain loss, jitter and the publisher’s last sender report', () => {
    const { world, publisher, control } = call({ delay: 10, loss: 0.2 });
    publisher.peer.downlink.loss = 0;
    world.run(6000);
    const block = publisher.receiverReports.at(-1)!.body;
    expect(block.getUint32(4)).toBe(11);
    // Packets repaired by RTX still count as lost here: the publisher estimates its path from it.
    const fractions = publisher.receiverReports.map(({ body }) => body.getUint8(8) / 256);
    expect(Math.abs(fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length - 0.2)).toBeLessThan(
      0.05,
    );
    const cumulative = block.getUint32(8) & 0xffffff;
    expect(Math.abs(cumulative / (highest(block) - 1000) - 0.2)).toBeLessThan(0.05);
    expect((publisher.sequenceNumber - highest(block)) & 0xffff).toBeLessThan(100);
    expect(control.producerStats('camera').streams[0]!.packetsRepaired).toBeGreaterThan(60);
    const lastReport = block.getUint32(20);
    const reportSeconds = (lastReport >>> 16) + (lastReport & 0xffff) / 65_536;
    expect(world.now / 1000 - reportSeconds).toBeLessThan(4);
    expect(block.getUint32(24) / 65_536).toBeLessThan(3);
    expect(control.producerStats('camera').streams[0]!.nackCount).toBeGreaterThan(0);
  });

  it('report 12.5 % loss as a fraction when nothing is repaired', () => {
    const world = new World(52);
    const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11 });
    publisher.produce('microphone');
    let count = 0;
    const send = world.send.bind(world);
    world.send = (peer, packet, isRtp) => {
      if (!isRtp || ++count % 8 !== 0) send(peer, packet, isRtp);
    };
    world.run(10_000);
    expect(Math.abs(publisher.receiverReports.at(-1)!.body.getUint8(8) / 256 - 0.125)).toBeLessThan(0.03);
    expect(world.control.producerStats('microphone').streams[0]!.packetsLost).toBeGreaterThan(40);
  });
});

describe('the loss of receivers', () => {
  /** Sound to three receivers, which report 2, 20 and 0 of 100 packets lost. */
  function sound(inbandFec: boolean) {
    const world = new World(54);
    const publisher = new Publisher(world, 'alice', { kind: 'audio', ssrc: 11, inbandFec });
    publisher.produce('microphone');
    const reporting = new Map([
      ['bob', 0.02],
      ['carol', 0.2],
      ['dave', 0],
    ]);
    for (const name of [...reporting.keys()]) {
      const receiver = new Receiver(world, name);
      const { ssrc } = receiver.consume('microphone');
      world.every(1000, () => {
        const loss = reporting.get(name);
        if (loss === undefined) return;
        world.send(receiver.peer, writeRtcp(201, 1, [1, ssrc, Math.floor(loss * 256) << 24, 0, 0, 0, 0]), false);
      });
    }
    const fraction = () => publisher.receiverReports.at(-1)!.body.getUint8(8) / 256;
    const cumulative = () => publisher.receiverReports.at(-1)!.body.getUint32(8) & 0xffffff;
    world.run(4500);
    return { world, publisher, reporting, fraction, cumulative, control: world.control };
  }

  it('reaches the encoder of sound with forward error correction: the highest one', () => {
    const { fraction, cumulative } = sound(true);
    expect(fraction()).toBeCloseTo(0.2, 2);
    // Nothing was lost on the publisher's own path, and its estimate rests on this number.
    expect(cumulative()).toBe(0);
  });

  it('does not reach an encoder without forward error correction', () => {
    expect(sound(false).fraction()).toBe(0);
  });

  it('counts for receivers that take packets, while they report', () => {
    const { world, fraction, reporting, control } = sound(true);
    control.pauseConsumer('carol/microphone');
    world.run(2000);
    expect(fraction()).toBeCloseTo(0.02, 2);
    control.resumeConsumer('carol/microphone');
    world.run(2000);
    expect(fraction()).toBeCloseTo(0.2, 2);
    reporting.delete('carol');
    world.run(12_000);
    expect(fraction()).toBeCloseTo(0.02, 2);
  });

  it('is a quarter at most, for any claim of a receiver', () => {
    const { world, fraction, reporting } = sound(true);
    reporting.set('dave', 0.99);
    world.run(2000);
    expect(fraction()).toBe(0.25);
  });

  it('does not hide the loss of the publisher’s own path', () => {
    const { world, publisher, fraction, cumulative } = sound(true);
    const send = world.send.bind(world);
    let count = 0;
    world.send = (peer, packet, isRtp) => {
      if (!isRtp || ++count % 3 !== 0) send(peer, packet, isRtp);
    };
    world.run(4000);
    expect(fraction()).toBeCloseTo(1 / 3, 1);
    expect(cumulative() / publisher.sent).toBeGreaterThan(0.1);
  });
});

describe('transport-wide sequence numbers', () => {
  it('count every packet to one receiver, across consumers and retransmissions', () => {
    const { world, receiver, publisher } = call();
    const microphone = new Publisher(world, 'carol', { kind: 'audio', ssrc: 31 });
    microphone.produce('microphone');
    const numbers: number[] = [];
    const take = receiver.peer.receive;
    receiver.peer.receive = (packet, isRtp) => {
      if (isRtp) numbers.push((packet[17]! << 8) | packet[18]!);
      take(packet, isRtp);
    };
    // A repeat without RTX has its first number again.
    receiver.consume('microphone', { rtpCapabilities: world.control.openRouter('room') }).asksForMissing = false;
    receiver.peer.downlink.loss = 0.1;
    world.run(4000);
    expect(publisher.frames).toBeGreaterThan(100);
    expect(numbers.length).toBeGreaterThan(400);
    const distances = numbers.slice(1).map((number, i) => (number - numbers[i]!) & 0xffff);
    expect(Math.min(...distances)).toBe(1);
    expect(Math.max(...distances)).toBeLessThan(8);
    const lost = distances.reduce((sum, distance) => sum + distance - 1, 0);
    expect(Math.abs(lost / (numbers.length + lost) - 0.1)).toBeLessThan(0.04);
  });
});

describe('transport-wide feedback', () => {
  it('reports every packet once with its arrival time, or as lost', () => {
    const { world, publisher } = call({ delay: 10, loss: 0.1, jitter: 3 });
    publisher.peer.downlink.loss = 0;
    const arrived = new Map<number, number>();
    const deliver = world.port.put.bind(world.port);
    world.port.put = (kind, session, bytes, age, address) => {
      // The extension is the packet's only element or its first; its id with these publishers is 3.
      if (kind === 2) {
        const at = bytes.findIndex((byte, i) => i >= 16 && byte === 0x31);
        arrived.set((bytes[at + 1]! << 8) | bytes[at + 2]!, world.now);
      }
      return deliver(kind, session, bytes, age, address);
    };
    world.run(5000);
    const told = new Map<number, number>();
    for (const part of publisher.feedbacks) for (const [sequence, time] of decode(part)) told.set(sequence, time);
    const offset = [...told].map(([sequence, time]) => time - arrived.get(sequence)!);
    expect(told.size).toBeGreaterThan(350);
    expect(Math.max(...offset) - Math.min(...offset)).toBeLessThan(1);
    const untold = [...arrived.keys()].filter((sequence) => !told.has(sequence));
    expect(untold.length).toBeLessThan(20);
  });

  it('is sent every 50 ms while packets arrive, and not otherwise', () => {
    const { world, publisher } = call();
    world.run(5000);
    expect(publisher.feedbacks.length).toBeGreaterThan(60);
    publisher.isSending = false;
    world.run(200);
    const before = publisher.feedbacks.length;
    world.run(5000);
    expect(publisher.feedbacks.length).toBe(before);
  });
});

describe('a peer that receives no media', () => {
  it('gets an empty report twice a second while it is connected', () => {
    const world = new World(61);
    const reports: RtcpPart[] = [];
    world.connect('alone', (packet, isRtp) => {
      if (!isRtp) reports.push(...readRtcp(packet));
    });
    world.run(10_200);
    const empty = reports.filter(({ type, format, body }) => type === 201 && format === 0 && body.byteLength === 4);
    expect(empty).toHaveLength(19);
    expect(reports.filter(({ type }) => type === 202)).toHaveLength(19);
    // Consent ends 30 s after the last check, and with it all sending.
    world.silent.add('alone');
    world.run(40_000);
    reports.length = 0;
    world.run(5_000);
    expect(reports).toEqual([]);
  });
});

/** Arrival times in milliseconds by sequence number, without the lost ones. */
function decode({ body }: RtcpPart): Map<number, number> {
  const times = new Map<number, number>();
  const base = body.getUint16(8);
  const count = body.getUint16(10);
  const reference = (body.getUint16(12) << 8) | body.getUint8(14);
  const statuses: number[] = [];
  let at = 16;
  for (; statuses.length < count; at += 2) {
    const chunk = body.getUint16(at);
    if (chunk < 0x8000) for (let i = 0; i < (chunk & 0x1fff); i++) statuses.push(chunk >> 13);
    else if (chunk & 0x4000) for (let i = 0; i < 7; i++) statuses.push((chunk >> (12 - 2 * i)) & 3);
    else for (let i = 0; i < 14; i++) statuses.push((chunk >> (13 - i)) & 1);
  }
  let ticks = reference * 256;
  for (let i = 0; i < count; i++) {
    if (statuses[i] === 0) continue;
    ticks += statuses[i] === 1 ? body.getUint8(at) : body.getInt16(at);
    at += statuses[i]!;
    times.set((base + i) & 0xffff, ticks / 4);
  }
  expect(at).toBe(body.byteLength);
  return times;
}
