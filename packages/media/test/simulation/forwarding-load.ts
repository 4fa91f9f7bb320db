import { ReceiveKind, SEND_WORDS, SendWord } from '../../src/port/packet-port.js';
import { Publisher } from './publisher.js';
import { writeRtp } from './wire.js';
import { World } from './world.js';

/**
 * One publisher of 2.5 Mbit/s of video and receivers with transport-wide feedback, over a port that
 * sends nothing. The simulated peers allocate nothing per packet either, so that all allocations
 * are the engine's.
 */
export class ForwardingLoad {
  /** Packets received from the publisher, and forwarded. */
  received = 0;
  forwarded = 0;
  private readonly world = new World(1, { callerBytes: 64 * 1024 * 1024, sendCapacity: 32_768 });
  private readonly publisher = new Publisher(this.world, 'publisher', { kind: 'video', ssrc: 11, rtxSsrc: 22 });
  private readonly receivers: FeedbackOfOne[] = [];
  private readonly packet: Uint8Array;
  private readonly view: DataView;
  private sequenceNumber: number;
  private timestamp: number;
  private transportWide = 0;
  private frameAt: number;
  private packetInFrame = 0;
  private isKeyFrameDue = true;

  /**
   * `speed`: the factor of the number of frames. `estimates`: receivers send transport-wide
   * feedback; otherwise nothing limits them.
   */
  constructor(
    subscribers: number,
    private readonly speed = 1,
    estimates = true,
  ) {
    const { world, publisher } = this;
    publisher.produce('camera');
    const rtpCapabilities = structuredClone(world.control.openRouter('room'));
    if (!estimates) {
      const others = rtpCapabilities.headerExtensions!.filter(({ uri }) => !uri.includes('transport-wide-cc'));
      rtpCapabilities.headerExtensions = others;
    }
    for (let i = 0; i < subscribers; i++) {
      const transportId = `subscriber ${i}`;
      const { session } = world.connect(transportId);
      world.control.consume({
        ...{ transportId, consumerId: transportId, producerId: 'camera', rtpCapabilities, paused: false },
      });
      this.receivers.push(new FeedbackOfOne(session, transportId, world.now + i));
    }
    world.run(100);
    publisher.isSending = false;
    this.sequenceNumber = publisher.sequenceNumber;
    this.timestamp = publisher.timestamp;
    this.frameAt = world.now;
    this.packet = writeRtp({
      ...{ payloadType: 96, marker: false, sequenceNumber: 0, timestamp: 0, ssrc: 11 },
      extensions: new Map([[3, Uint8Array.of(0, 0)]]),
      payload: new Uint8Array(1150),
    });
    this.view = new DataView(this.packet.buffer);
    world.port.flush = (count) => this.flushed(count);
  }

  /** Runs for this many milliseconds, with a read each millisecond. */
  run(milliseconds: number): void {
    const { world, receivers } = this;
    const { engine, port } = world;
    for (const end = world.now + milliseconds; world.now < end; world.now += STEP) {
      this.putPackets();
      for (let i = 0; i < receivers.length; i++) this.putFeedback(receivers[i]!);
      const count = port.take();
      if (count > 0) engine.receive(count, world.now);
      else engine.advance(world.now);
      engine.flush();
      engine.takeEvents();
    }
  }

  /** Keeps the consent of all receivers alive: due each few seconds. */
  check(): void {
    this.world.check('publisher');
    for (const { transportId } of this.receivers) this.world.check(transportId);
  }

  private putPackets(): void {
    const { world, packet, view } = this;
    while (world.now >= this.frameAt + (this.packetInFrame * PACKET_GAP) / this.speed) {
      const isFirst = this.packetInFrame === 0;
      const isLast = this.packetInFrame === PACKETS_PER_FRAME - 1;
      if (isFirst) this.timestamp = (this.timestamp + Math.round(3000 / this.speed)) | 0;
      this.transportWide = (this.transportWide + 1) & 0xffff;
      packet[1] = 96 | (isLast ? 0x80 : 0);
      view.setUint16(2, this.sequenceNumber);
      view.setInt32(4, this.timestamp);
      view.setUint16(EXTENSION_AT, this.transportWide);
      // VP8's payload descriptor: start of a partition; then the frame tag, 0 for a key frame.
      packet[PAYLOAD_AT] = isFirst ? 0x10 : 0;
      packet[PAYLOAD_AT + 1] = isFirst && this.isKeyFrameDue ? 0 : 1;
      if (isFirst) this.isKeyFrameDue = false;
      this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
      world.port.put(ReceiveKind.Rtp, this.publisher.peer.session, packet);
      this.received++;
      this.packetInFrame++;
      if (!isLast) continue;
      this.packetInFrame = 0;
      this.frameAt += 1000 / 30 / this.speed;
    }
  }

  private putFeedback(receiver: FeedbackOfOne): void {
    const { world } = this;
    if (world.now < receiver.dueAt) return;
    receiver.dueAt = world.now + FEEDBACK_INTERVAL;
    const bytes = receiver.take();
    if (bytes) world.port.put(ReceiveKind.Rtcp, receiver.session, bytes);
  }

  private flushed(count: number): void {
    const { world, receivers } = this;
    const { sends } = world.port;
    for (let at = 0; at < count * SEND_WORDS; at += SEND_WORDS) {
      const index = sends[at + SendWord.Session]! - receivers[0]!.session;
      const isRtcp = sends[at + SendWord.Flags] === 0;
      if (index < 0 && isRtcp) this.toPublisher(sends[at + SendWord.Offset]!, sends[at + SendWord.Length]!);
      if (index < 0 || isRtcp) continue;
      this.forwarded++;
      const receiver = receivers[index]!;
      const number = sends[at + SendWord.TransportWide]!;
      if (number < 0) continue;
      if (receiver.base < 0) receiver.base = number;
      if (((receiver.base + receiver.count) & 0xffff) !== number)
        throw new Error('a transport-wide number was left out');
      receiver.times[receiver.count++] = world.now + CLOCK_OFFSET;
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

/** The feedback of one receiver that gets all packets, in order. */
class FeedbackOfOne {
  readonly times = new Float64Array(MOST_REPORTED);
  base = -1;
  count = 0;
  private feedbacks = 0;

  constructor(
    readonly session: number,
    readonly transportId: string,
    public dueAt: number,
  ) {}

  take(): Uint8Array | undefined {
    const { count, times, base } = this;
    if (count === 0) return undefined;
    this.count = 0;
    this.base = (base + count) & 0xffff;
    const reference = Math.floor(times[0]! / 64);
    const bytes = feedbackBytes(Math.ceil((22 + count) / 4) * 4);
    put16(bytes, 12, base);
    put16(bytes, 14, count);
    put16(bytes, 16, reference >> 8);
    bytes[18] = reference;
    bytes[19] = this.feedbacks++;
    // All of one size: received, with one byte each.
    put16(bytes, 20, (1 << 13) | count);
    let ticks = reference * 256;
    for (let i = 0; i < count; i++) {
      const delta = Math.min(255, Math.round(times[i]! * 4) - ticks);
      bytes[22 + i] = delta;
      ticks += delta;
    }
    return bytes;
  }
}

/** One packet for each length. */
function feedbackBytes(length: number): Uint8Array {
  let bytes = feedbacks.get(length);
  if (!bytes) {
    bytes = new Uint8Array(length);
    bytes.set([0x8f, 205, 0, length / 4 - 1]);
    feedbacks.set(length, bytes);
  }
  return bytes;
}

function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

const feedbacks = new Map<number, Uint8Array>();
/** Milliseconds: the interval of reads of a busy socket, and never a whole number. */
const STEP = 1.013;
const PACKETS_PER_FRAME = 9;
const PACKET_GAP = 0.35;
const FEEDBACK_INTERVAL = 75;
const CLOCK_OFFSET = 4321;
/** In one feedback. */
const MOST_REPORTED = 1024;
/** Of a packet with one header extension: where its value and the payload begin. */
const EXTENSION_AT = 17;
const PAYLOAD_AT = 20;
