import { ReceiveKind, SEND_WORDS, SendWord } from '../../src/transport/packet-port.js';
import { Publisher } from './publisher.js';
import { writeRtp } from './wire.js';
import { type PeerEndpoint, World } from './world.js';

/**
 * One publisher of 2.5 Mbit/s of video and receivers that answer transport-wide feedback, with a port that sends nothing:
 * what the engine does for each packet, and nothing that simulated peers do besides.
 */
export class ForwardingLoad {
  /** Packets forwarded so far. */
  forwarded = 0;
  private readonly world = new World(1, { callerBytes: 64 * 1024 * 1024, sendCapacity: 32_768 });
  private readonly publisher = new Publisher(this.world, 'publisher', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
  private readonly receivers: FeedbackOfOne[] = [];
  private readonly payload = new Uint8Array(1150);
  private sequenceNumber: number;
  private timestamp: number;
  private transportWide = 0;
  private frameAt: number;
  private packetInFrame = 0;
  private isKeyFrameDue = true;

  /** `speed`: how many times as many frames. */
  constructor(
    subscribers: number,
    private readonly speed = 1,
  ) {
    const { world, publisher } = this;
    publisher.produce('camera');
    const rtpCapabilities = world.engine.control.openRouter('room');
    for (let i = 0; i < subscribers; i++) {
      const transportId = `subscriber ${i}`;
      const peer = world.connect(transportId);
      world.engine.control.consume({
        ...{ transportId, consumerId: transportId, producerId: 'camera', rtpCapabilities, paused: false },
      });
      this.receivers[peer.session] = new FeedbackOfOne(peer, world.now + i);
    }
    world.run(100);
    publisher.isSending = false;
    this.sequenceNumber = publisher.sequenceNumber;
    this.timestamp = publisher.timestamp;
    this.frameAt = world.now;
    world.port.flush = (count) => this.flushed(count);
  }

  /** Lets this many milliseconds pass, read each millisecond; adds up what `measure` shows of the engine alone. */
  run(milliseconds: number, measure: () => number): number {
    const { world } = this;
    const { engine, port } = world;
    let spent = 0;
    for (const end = world.now + milliseconds; world.now < end; world.now += STEP) {
      this.putPackets();
      for (const receiver of this.receivers) {
        if (receiver && world.now >= receiver.dueAt) this.putFeedback(receiver);
      }
      const count = port.take();
      const before = measure();
      if (count > 0) engine.receive(count, world.now);
      else engine.advance(world.now);
      engine.flush();
      const after = measure();
      // A collection in between makes a heap smaller; that step is not counted.
      spent += Math.max(0, after - before);
      engine.takeEvents();
    }
    // Consent would run out: the checks of the simulated peers stand still here.
    world.check('publisher');
    for (let i = 0; i < this.receivers.length; i++)
      if (this.receivers[i]) world.check(this.receivers[i]!.peer.transportId);
    return spent;
  }

  private putPackets(): void {
    const { world, payload } = this;
    while (world.now >= this.frameAt + (this.packetInFrame * PACKET_GAP) / this.speed) {
      const isFirst = this.packetInFrame === 0;
      const isLast = this.packetInFrame === PACKETS_PER_FRAME - 1;
      payload[0] = isFirst ? 0x10 : 0;
      payload[1] = isFirst && this.isKeyFrameDue ? 0 : 1;
      if (isFirst) this.timestamp = (this.timestamp + 3000) >>> 0;
      this.transportWide = (this.transportWide + 1) & 0xffff;
      const bytes = writeRtp({
        ...{
          payloadType: 96,
          marker: isLast,
          sequenceNumber: this.sequenceNumber,
          timestamp: this.timestamp,
          ssrc: 11,
        },
        extensions: new Map([[3, Uint8Array.of(this.transportWide >> 8, this.transportWide & 0xff)]]),
        payload,
      });
      this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
      world.port.put(ReceiveKind.Rtp, this.publisher.peer.session, bytes);
      if (isFirst) this.isKeyFrameDue = false;
      this.packetInFrame++;
      if (!isLast) continue;
      this.packetInFrame = 0;
      this.frameAt += 1000 / 30 / this.speed;
    }
  }

  private putFeedback(receiver: FeedbackOfOne): void {
    receiver.dueAt = this.world.now + FEEDBACK_INTERVAL;
    const bytes = receiver.take();
    if (bytes) this.world.port.put(ReceiveKind.Rtcp, receiver.peer.session, bytes);
  }

  private flushed(count: number): void {
    const { sends } = this.world.port;
    for (let at = 0; at < count * SEND_WORDS; at += SEND_WORDS) {
      const receiver = this.receivers[sends[at + SendWord.Session]!];
      if (!receiver) {
        if (sends[at + SendWord.Flags] === 0)
          this.toPublisher(sends[at + SendWord.Offset]!, sends[at + SendWord.Length]!);
        continue;
      }
      if (sends[at + SendWord.Flags] === 0) continue;
      this.forwarded++;
      receiver.note(sends[at + SendWord.TransportWide]!, this.world.now);
    }
  }

  /** A key frame request: the next frame is one. */
  private toPublisher(offset: number, length: number): void {
    const { arena } = this.world.port;
    for (let at = offset; at < offset + length; at += 4 * (1 + ((arena[at + 2]! << 8) | arena[at + 3]!))) {
      if (arena[at + 1] === 206) this.isKeyFrameDue = true;
    }
  }
}

/** The feedback of one receiver that gets everything: its packets, in order. */
class FeedbackOfOne {
  private readonly times = new Float64Array(1024);
  private base = -1;
  private count = 0;
  private feedbacks = 0;
  dueAt: number;

  constructor(
    readonly peer: PeerEndpoint,
    dueAt: number,
  ) {
    this.dueAt = dueAt;
  }

  note(transportWide: number, now: number): void {
    if (this.base < 0) this.base = transportWide;
    if (((this.base + this.count) & 0xffff) !== transportWide) throw new Error('a transport-wide number was left out');
    this.times[this.count++] = now + CLOCK_OFFSET;
  }

  take(): Uint8Array | undefined {
    const { count, times, base } = this;
    if (count === 0) return undefined;
    this.count = 0;
    this.base = (base + count) & 0xffff;
    const reference = Math.floor(times[0]! / 64);
    const length = Math.ceil((22 + count) / 4) * 4;
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    bytes.set([0x8f, 205, 0, length / 4 - 1]);
    view.setUint16(12, base);
    view.setUint16(14, count);
    view.setUint32(16, (reference << 8) | (this.feedbacks++ & 0xff));
    view.setUint16(20, (1 << 13) | count);
    let ticks = reference * 256;
    for (let i = 0; i < count; i++) {
      const delta = Math.min(255, Math.round(times[i]! * 4) - ticks);
      bytes[22 + i] = delta;
      ticks += delta;
    }
    return bytes;
  }
}

/** Milliseconds: as a busy socket is read, and never a whole number. */
const STEP = 1.013;
const PACKETS_PER_FRAME = 9;
const PACKET_GAP = 0.35;
const FEEDBACK_INTERVAL = 75;
const CLOCK_OFFSET = 4321;
