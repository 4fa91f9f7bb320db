import type { RtpParameters } from '../../src/index.js';
import { keyStructure, type Structure, templateId, writeDescriptor } from './dependency-descriptor.js';
import { nackedSequences, type RtpPacket, readRtcp, writeRtcp, writeRtp } from './wire.js';
import type { PeerEndpoint, World } from './world.js';

export type LayeredCodec = 'VP8' | 'VP9' | 'AV1' | 'H264';

/** The data about its frame in every packet, by which a receiver decides what it can decode. */
export interface FrameLabel {
  stream: number;
  spatial: number;
  temporal: number;
  frame: number;
  /** Milliseconds of the world's clock. */
  capturedAt: number;
  part: number;
  parts: number;
  isKey: boolean;
  references: number[];
}

interface Stream {
  ssrc: number;
  rtxSsrc: number;
  rid: string | undefined;
  sequenceNumber: number;
  rtxSequence: number;
  timestampOffset: number;
  pictureId: number;
  baseIndex: number;
  keyFrameDue: boolean;
  isSending: boolean;
  /** Position in the pattern of temporal layers. */
  position: number;
  /** By spatial and temporal layer: the last frame. */
  last: number[][];
  history: Map<number, RtpPacket>;
}

/** A browser that sends a camera in several layers: three streams of simulcast, or one stream with three spatial layers. */
export class LayeredPublisher {
  readonly peer: PeerEndpoint;
  readonly streams: Stream[];
  /** Requests by stream. */
  readonly keyFrameRequests: number[][];
  nacks = 0;
  /** Whether sender reports are sent. */
  reports = true;
  /**
   * Packets per frame of each layer, without the three more of a key frame; each has some 3.5 kbit.
   */
  packets = [1, 2, 3];
  /** Spatial layers in its one stream. */
  private layers = 3;
  /** The last frame sent. */
  frames = 0;
  private transportWide = 0;
  private structure: Structure = keyStructure(3, 3);

  constructor(
    private readonly world: World,
    readonly transportId: string,
    readonly codec: LayeredCodec,
    readonly isSimulcast: boolean,
    link: Partial<PeerEndpoint['uplink']> = {},
  ) {
    const random = (below: number) => Math.floor(world.random.next() * below);
    this.streams = Array.from({ length: isSimulcast ? 3 : 1 }, (_, i) => ({
      ...{ ssrc: 1000 + i, rtxSsrc: 2000 + i, rid: isSimulcast ? `r${i}` : undefined },
      ...{ sequenceNumber: random(0x10000), rtxSequence: random(0x10000), timestampOffset: random(2 ** 32) },
      ...{ pictureId: random(0x8000), baseIndex: random(256), keyFrameDue: true, isSending: true, position: 0 },
      ...{ last: [[], [], []], history: new Map() },
    }));
    this.keyFrameRequests = this.streams.map(() => []);
    this.peer = world.connect(transportId, (packet, isRtp) => !isRtp && this.receiveRtcp(packet), link);
    world.every(1000 / 30, () => this.sendPicture());
    world.every(1000, () => this.reports && this.sendReports());
  }

  rtpParameters(): RtpParameters {
    const feedback = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'transport-cc' }];
    const parameters: Record<string, string | number> = this.codec === 'H264' ? H264_PARAMETERS : {};
    return {
      mid: 'v',
      codecs: [
        {
          ...{ mimeType: `video/${this.codec}`, payloadType: 96, clockRate: 90000, rtcpFeedback: feedback },
          parameters: this.codec === 'VP9' ? { 'profile-id': 0 } : parameters,
        },
        { mimeType: 'video/rtx', payloadType: 97, clockRate: 90000, parameters: { apt: 96 } },
      ],
      headerExtensions: [
        { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 1 },
        { uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', id: 2 },
        { uri: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id', id: 3 },
        { uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01', id: 4 },
        { uri: 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension', id: 9 },
      ],
      encodings: this.isSimulcast
        ? this.streams.map(({ rid }) => ({ rid, ...(this.codec === 'VP9' ? { scalabilityMode: 'L1T3' } : {}) }))
        : [{ ssrc: 1000, rtx: { ssrc: 2000 }, scalabilityMode: 'L3T3_KEY' }],
      rtcp: { cname: '' },
    };
  }

  produce(producerId: string): void {
    const request = { transportId: this.transportId, producerId, kind: 'video' as const };
    this.world.control.produce({ ...request, rtpParameters: this.rtpParameters() });
  }

  /**
   * Encodes `layers` spatial layers in its one stream from the next picture on; the change begins
   * with a key frame.
   */
  encode(layers: number): void {
    this.layers = layers;
    this.streams[0]!.keyFrameDue = true;
  }

  /** The RTP timestamp of an instant in a stream. */
  timestampOf(stream: number, milliseconds: number): number {
    return (this.streams[stream]!.timestampOffset + Math.round(milliseconds * 90)) >>> 0;
  }

  private sendPicture(): void {
    for (const [index, stream] of this.streams.entries()) {
      if (!stream.isSending) continue;
      if (stream.keyFrameDue) stream.position = 0;
      const isKey = stream.keyFrameDue;
      stream.keyFrameDue = false;
      if (isKey && !this.isSimulcast) {
        // The next structure has other template ids, to distinguish the two.
        this.structure = keyStructure(this.layers, 3, (this.structure.idOffset + this.structure.templates.length) % 64);
      }
      const { temporal, isSync } = PATTERN[stream.position++ % PATTERN.length]!;
      stream.pictureId = (stream.pictureId + 1) & 0x7fff;
      if (temporal === 0) stream.baseIndex = (stream.baseIndex + 1) & 0xff;
      const layers = this.isSimulcast ? 1 : this.layers;
      let below = -1;
      for (let spatial = 0; spatial < layers; spatial++) {
        const frame = ++this.frames;
        const last = stream.last[spatial]!;
        // AV1's templates let receivers switch up in time at each picture of the base layer.
        const isFree = isSync || (this.codec === 'AV1' && temporal > 0);
        const references = isKey ? (spatial > 0 ? [below] : []) : referencesOf(last, temporal, isFree);
        const size = this.isSimulcast ? index : spatial;
        const label = { stream: index, spatial, temporal, frame, capturedAt: this.world.now, isKey, references };
        this.sendFrame(
          stream,
          { ...label, part: 0, parts: this.packets[size]! + (isKey ? 3 : 0) },
          isSync,
          spatial === layers - 1,
        );
        last[temporal] = frame;
        if (isKey) last[1] = last[2] = frame;
        below = frame;
      }
    }
  }

  private sendFrame(stream: Stream, label: FrameLabel, isSync: boolean, endsPicture: boolean): void {
    for (let part = 0; part < label.parts; part++) {
      const isFirst = part === 0;
      const isLast = part === label.parts - 1;
      const body = new Uint8Array(BODY_BYTES);
      writeLabel(body, { ...label, part });
      const descriptor = this.descriptor(stream, label, isFirst, isLast, isSync);
      const payload = new Uint8Array(descriptor.length + body.length);
      payload.set(descriptor);
      payload.set(body, descriptor.length);
      const extensions = new Map([[1, text('v')]]);
      if (stream.rid) extensions.set(2, text(stream.rid));
      if (this.codec === 'AV1') extensions.set(9, this.dependencies(label, isFirst, isLast));
      const packet: RtpPacket = {
        ...{ payloadType: 96, marker: isLast && endsPicture, sequenceNumber: stream.sequenceNumber, ssrc: stream.ssrc },
        ...{ timestamp: this.timestampOf(label.stream, label.capturedAt), extensions, payload },
      };
      stream.history.set(stream.sequenceNumber, packet);
      stream.history.delete((stream.sequenceNumber - 2000) & 0xffff);
      stream.sequenceNumber = (stream.sequenceNumber + 1) & 0xffff;
      this.transmit(packet);
    }
  }

  /** The codec's bytes before those of the frame. */
  private descriptor(stream: Stream, label: FrameLabel, isFirst: boolean, isLast: boolean, isSync: boolean): number[] {
    const { pictureId, baseIndex } = stream;
    const picture = [0x80 | (pictureId >> 8), pictureId & 0xff];
    switch (this.codec) {
      case 'VP8':
        return [
          ...[0x80 | (isFirst ? 0x10 : 0), 0xf0, ...picture, baseIndex, (label.temporal << 6) | (isSync ? 0x20 : 0)],
          ...(label.isKey ? [0, 0, 0, 0x9d, 1, 0x2a, 0x40 << label.stream, 1, 0xb4, 0] : [1, 0, 0]),
        ];
      case 'VP9': {
        // In simulcast browsers number the layers of all streams together.
        const spatial = this.isSimulcast ? label.stream : label.spatial;
        const usesLower = label.isKey && label.spatial > 0;
        return [
          0xa0 | (label.isKey ? 0 : 0x40) | (isFirst ? 8 : 0) | (isLast ? 4 : 0),
          ...picture,
          (label.temporal << 5) | (isSync ? 0x10 : 0) | (spatial << 1) | (usesLower ? 1 : 0),
          baseIndex,
        ];
      }
      case 'H264':
        return label.isKey && isFirst ? [0x67, 0x42, 0x00, 0x0a, 0xf8, 0x41, 0xa2] : [label.isKey ? 0x65 : 0x41, 0x9a];
      case 'AV1':
        return [label.isKey && isFirst ? 0x18 : isFirst ? 0x10 : 0x90];
    }
  }

  private dependencies(label: FrameLabel, isFirst: boolean, isLast: boolean): Uint8Array {
    const structure = this.structure;
    return writeDescriptor({
      ...{ begins: isFirst, ends: isLast, frameNumber: label.frame & 0xffff },
      templateId: templateId(structure, label.spatial, label.temporal, label.isKey),
      ...(label.isKey && label.spatial === 0 && isFirst ? { structure } : {}),
      ...(label.isKey ? {} : { customReferences: label.references.map((reference) => label.frame - reference) }),
    });
  }

  private transmit(packet: RtpPacket): void {
    this.transportWide = (this.transportWide + 1) & 0xffff;
    const extensions = new Map(packet.extensions);
    extensions.set(4, Uint8Array.of(this.transportWide >> 8, this.transportWide & 0xff));
    this.world.send(this.peer, writeRtp({ ...packet, extensions }), true);
  }

  private receiveRtcp(bytes: Uint8Array): void {
    for (const part of readRtcp(bytes)) {
      const index = this.streams.findIndex(({ ssrc }) => part.body.byteLength >= 8 && part.body.getUint32(4) === ssrc);
      const stream = this.streams[index];
      if (!stream) continue;
      if (part.type === 206 && part.format === 1) {
        this.keyFrameRequests[index]!.push(this.world.now);
        stream.keyFrameDue = true;
      } else if (part.type === 205 && part.format === 1) {
        this.nacks++;
        for (const sequence of nackedSequences(part)) this.resend(stream, sequence);
      }
    }
  }

  private resend(stream: Stream, sequence: number): void {
    const packet = stream.history.get(sequence);
    if (!packet) return;
    const payload = Uint8Array.of(sequence >> 8, sequence & 0xff, ...packet.payload);
    const extensions = new Map(packet.extensions);
    extensions.delete(2);
    if (stream.rid) extensions.set(3, text(stream.rid));
    stream.rtxSequence = (stream.rtxSequence + 1) & 0xffff;
    const rtx = { payloadType: 97, ssrc: stream.rtxSsrc, sequenceNumber: stream.rtxSequence };
    this.transmit({ ...packet, ...rtx, extensions, payload });
  }

  private sendReports(): void {
    const seconds = Math.floor(this.world.now / 1000);
    const fraction = Math.floor(((this.world.now % 1000) / 1000) * 2 ** 32);
    for (const [i, { ssrc, isSending }] of this.streams.entries()) {
      if (!isSending) continue;
      const report = [ssrc, seconds, fraction, this.timestampOf(i, this.world.now), 0, 0];
      this.world.send(this.peer, writeRtcp(200, 0, report), false);
    }
  }
}

/** Reads the label of a packet's frame; undefined for a packet without payload. */
export function readLabel(payload: Uint8Array): FrameLabel | undefined {
  if (payload.length < BODY_BYTES) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset + payload.length - BODY_BYTES, BODY_BYTES);
  return {
    ...{
      stream: view.getUint8(0),
      spatial: view.getUint8(1),
      temporal: view.getUint8(2),
      isKey: view.getUint8(3) === 1,
    },
    ...{ part: view.getUint8(4), parts: view.getUint8(5), frame: view.getUint32(8), capturedAt: view.getFloat64(12) },
    references: [20, 24].map((at) => view.getUint32(at)).slice(0, view.getUint8(6)),
  };
}

function writeLabel(body: Uint8Array, label: FrameLabel): void {
  const view = new DataView(body.buffer);
  const { stream, spatial, temporal, isKey, part, parts, references } = label;
  for (const [i, value] of [stream, spatial, temporal, isKey ? 1 : 0, part, parts, references.length].entries()) {
    view.setUint8(i, value);
  }
  view.setUint32(8, label.frame);
  view.setFloat64(12, label.capturedAt);
  for (const [i, reference] of references.entries()) view.setUint32(20 + 4 * i, reference);
}

/** The base layer refers to itself; upper layers to the base, and to each other except at switch points. */
function referencesOf(last: number[], temporal: number, isSync: boolean): number[] {
  if (temporal === 0) return [last[0]!];
  return isSync ? [last[0]!] : [last[0]!, last[temporal]!];
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/**
 * Three temporal layers with switch points every eight pictures, as in libvpx; at the base they are
 * VP9's.
 */
const PATTERN = [
  { temporal: 0, isSync: true },
  { temporal: 2, isSync: true },
  { temporal: 1, isSync: true },
  { temporal: 2, isSync: false },
  { temporal: 0, isSync: false },
  { temporal: 2, isSync: false },
  { temporal: 1, isSync: false },
  { temporal: 2, isSync: false },
];
const BODY_BYTES = 400;
const H264_PARAMETERS = { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 };
