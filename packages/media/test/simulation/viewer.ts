import { routerCapabilities } from '../../src/ortc/router-capabilities.js';
import { FeedbackSender } from './feedback-sender.js';
import { decode } from './layered-decoder.js';
import { LayeredPublisher } from './layered-publisher.js';
import { NetworkPath, type PathOptions } from './network-path.js';
import { PAYLOAD_NUMBER_OFFSET, Publisher } from './publisher.js';
import { type Consumption, Receiver } from './receiver.js';
import type { RtpPacket } from './wire.js';
import { World } from './world.js';

/** The times of shown pictures, and the simulcast stream of each. */
export interface Shown {
  at: number;
  stream: number;
}

/**
 * A call of one camera in three streams of simulcast (some 0.1, 0.4 and 1.7 Mbit/s) and a
 * microphone, and a browser that receives them over a bad path: it sends feedback and reports, and
 * requests missing packets, and a key frame when it can decode nothing for a second. The allocator
 * selects its layers.
 */
export class Viewer {
  readonly world: World;
  readonly publisher: LayeredPublisher;
  readonly microphone: Publisher;
  readonly receiver: Receiver;
  readonly camera: Consumption;
  readonly sound: Consumption;
  /**
   * For each second: bytes of RTP to the receiver, the part of repeats and probes, and the mean of
   * the target, bits per second.
   */
  readonly seconds: { bytes: number; repeats: number; target: number }[] = [];

  constructor(
    seed: number,
    readonly path: Partial<PathOptions>,
    uplinkLoss = 0,
  ) {
    const world = new World(seed);
    this.world = world;
    this.publisher = new LayeredPublisher(world, 'alice', 'VP8', true, { delay: 10 });
    this.publisher.packets = [1, 4, 16];
    this.publisher.produce('camera');
    this.microphone = new Publisher(world, 'alan', { kind: 'audio', ssrc: 7 }, { delay: 10 });
    this.microphone.produce('microphone');
    const line = new NetworkPath(world, path);
    this.receiver = new Receiver(world, 'bob', { delay: line.options.delay }, { askInterval: 20 });
    const { peer } = this.receiver;
    peer.path = line;
    this.receiver.feedback = new FeedbackSender(world, peer);
    this.receiver.reports = true;
    this.camera = this.receiver.consume('camera');
    this.sound = this.receiver.consume('microphone');
    for (const consumption of [this.camera, this.sound]) {
      consumption.maxAsked = 10;
      consumption.repairable = 400;
      consumption.askAgainAfter = 100;
    }
    peer.uplink.loss = uplinkLoss;
    world.every(1000, () => {
      const last = decode(this.camera).frames.findLast(({ isDecodable }) => isDecodable);
      if (!last || world.now - last.at > 1000) this.camera.askForKeyFrame();
    });
    this.countBytes();
  }

  get line(): NetworkPath {
    return this.receiver.peer.path!;
  }

  /**
   * The pictures shown so far, if each is held back by `delay` milliseconds so that repeats arrive
   * in time.
   */
  shown(delay: number): Shown[] {
    let last = 0;
    const shown: Shown[] = [];
    for (const { at, capturedAt, isDecodable, stream } of decode(this.camera).frames) {
      if (!isDecodable) continue;
      last = Math.max(last, at, capturedAt + this.line.options.delay + delay);
      shown.push({ at: last, stream });
    }
    return shown;
  }

  /**
   * Share of the sounds of a time that were missing, both in a packet of their own and in another's
   * redundancy, `delay` after the fastest arrival.
   */
  concealed(delay: number, from: number, to: number): number {
    const arrivals = new Map<number, number>();
    let transit = Number.POSITIVE_INFINITY;
    for (const { packet, at } of this.sound.received) {
      for (const number of soundsOf(packet)) {
        arrivals.set(number, Math.min(at, arrivals.get(number) ?? Number.POSITIVE_INFINITY));
        transit = Math.min(transit, at - number * SOUND_INTERVAL);
      }
    }
    let late = 0;
    const first = Math.ceil((from - transit) / SOUND_INTERVAL);
    const end = Math.floor((to - transit) / SOUND_INTERVAL);
    for (let number = first; number < end; number++) {
      const at = arrivals.get(number) ?? Number.POSITIVE_INFINITY;
      if (at > transit + number * SOUND_INTERVAL + delay) late++;
    }
    return late / (end - first);
  }

  private countBytes(): void {
    const { world } = this;
    const { onPacket } = world.port;
    const numbers = new Map<string, number>();
    let second = { bytes: 0, repeats: 0, target: 0 };
    const { media } = world.transport(this.receiver.peer);
    world.every(20, () => {
      second.target += media.estimate.target / 50;
    });
    const rtxSsrc = this.camera.parameters.rtpParameters.encodings![0]!.rtx!.ssrc;
    world.port.onPacket = (session, bytes, isRtp) => {
      if (isRtp && session === this.receiver.peer.session) {
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        const name = `${view.getUint32(8)}/${view.getUint16(2)}`;
        const isRepeat = view.getUint32(8) === rtxSsrc || world.now - (numbers.get(name) ?? -1e9) < 10_000;
        numbers.set(name, world.now);
        second.bytes += bytes.length;
        if (isRepeat) second.repeats += bytes.length;
      }
      onPacket(session, bytes, isRtp);
    };
    world.every(1000, () => {
      this.seconds.push(second);
      second = { bytes: 0, repeats: 0, target: 0 };
    });
  }
}

/** The running numbers of the sounds in a packet: of Opus alone, or of each block of RED (RFC 2198). */
function soundsOf({ payload, payloadType }: RtpPacket): number[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (payloadType === OPUS) return [view.getUint32(PAYLOAD_NUMBER_OFFSET)];
  const lengths: number[] = [];
  let at = 0;
  for (; view.getUint8(at) & 0x80; at += 4) lengths.push(view.getUint16(at + 2) & 0x3ff);
  at++;
  return [...lengths, 0].map((length) => {
    const number = view.getUint32(at + PAYLOAD_NUMBER_OFFSET);
    at += length;
    return number;
  });
}

const OPUS = routerCapabilities().codecs!.find(({ mimeType }) => mimeType === 'audio/opus')!.preferredPayloadType!;
/** Milliseconds. */
const SOUND_INTERVAL = 20;

/**
 * Share of a time in which pictures were frozen, as W3C webrtc-stats defines it: gaps over three
 * times the mean of the last 30, and over it by 150 ms.
 */
export function frozenShare(shown: readonly Shown[], from: number, to: number): number {
  const gaps: number[] = [];
  let frozen = 0;
  let before = from;
  for (const at of [...shown.map((picture) => picture.at).filter((time) => time > from && time < to), to]) {
    const mean = gaps.length === 0 ? FIRST_MEAN : gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const gap = at - before;
    before = at;
    if (gap > Math.max(3 * mean, mean + 150)) frozen += gap;
    gaps.push(gap);
    if (gaps.length > 30) gaps.shift();
  }
  return frozen / (to - from);
}

/** Milliseconds between two pictures before any was measured. */
const FIRST_MEAN = 1000 / 30;
