import wrtc from '@roamhq/wrtc';
import { Device, type types } from 'mediasoup-client';
import {
  type DecodedReception,
  type Participant,
  type Picture,
  type Place,
  type Publication,
  type Sound,
  transportIdsOf,
} from './participant.js';

/**
 * libwebrtc driven by mediasoup-client: the same as a Chromium tab, with its encoders, jitter
 * buffers, decoders and congestion control.
 */
export class LibwebrtcParticipant implements Participant {
  readonly transportIds: Participant['transportIds'];
  private device: Device | undefined;
  private readonly transports = new Map<string, types.Transport>();
  private readonly closers: (() => void)[] = [];

  constructor(private readonly place: Place) {
    this.transportIds = transportIdsOf(place.name);
  }

  /** With `simulcast`, it sends the picture in three sizes. */
  async publish({ simulcast = false } = {}): Promise<Publication> {
    const { node, name } = this.place;
    const transport = await this.openTransport('sending');
    transport.on('produce', ({ kind, rtpParameters }, done, failed) => {
      const producerId = `${name} ${kind}`;
      node
        .produce({ transportId: transport.id, producerId, kind, rtpParameters: rtpParameters as never, paused: false })
        .then(() => done({ id: producerId }), failed);
    });
    const audio = await transport.produce({ track: this.playTone() });
    const video = await transport.produce({
      track: this.playPicture(simulcast ? 4 : 1),
      ...(simulcast && { encodings: [4, 2, 1].map((scaleResolutionDownBy) => ({ scaleResolutionDownBy })) }),
    });
    return { producerIds: { audio: audio.id, video: video.id } };
  }

  async subscribe(publications: Publication[]): Promise<DecodedReception[]> {
    const receptions: DecodedReception[] = [];
    for (const { producerIds } of publications) {
      const reception: DecodedReception = { form: 'decoded', pictures: [], sounds: [] };
      const audio = new wrtc.nonstandard.RTCAudioSink(await this.consume(producerIds.audio));
      audio.ondata = (data: AudioData) => reception.sounds.push(listenTo(data));
      const video = new wrtc.nonstandard.RTCVideoSink(await this.consume(producerIds.video));
      video.onframe = ({ frame }: { frame: I420Frame }) => reception.pictures.push(lookAt(frame));
      this.closers.push(
        () => audio.stop(),
        () => video.stop(),
      );
      receptions.push(reception);
    }
    return receptions;
  }

  /** Sets new ICE credentials for its receiving transport, while it continues to receive. */
  async restartIce(): Promise<void> {
    const iceParameters = await this.place.node.restartIce(this.transportIds.receiving);
    await this.transports.get('receiving')!.restartIce({ iceParameters });
  }

  /** The statistics of libwebrtc itself (W3C webrtc-stats), of one type. */
  async stats(purpose: 'sending' | 'receiving', type: string): Promise<Record<string, unknown>[]> {
    const report = await this.transports.get(purpose)!.getStats();
    return [...report.values()].filter((entry) => entry.type === type);
  }

  async close(): Promise<void> {
    for (const close of this.closers) close();
  }

  private async consume(producerId: string): Promise<MediaStreamTrack> {
    const { node, name } = this.place;
    const transport = this.transports.get('receiving') ?? (await this.openTransport('receiving'));
    const parameters = await node.consume({
      transportId: transport.id,
      consumerId: `${name} of ${producerId}`,
      producerId,
      rtpCapabilities: (await this.loadDevice()).recvRtpCapabilities as never,
      paused: false,
    });
    const consumer = await transport.consume(parameters as types.ConsumerOptions);
    return consumer.track;
  }

  private async openTransport(purpose: 'sending' | 'receiving'): Promise<types.Transport> {
    const { node, routerId, detour } = this.place;
    const transportId = this.transportIds[purpose];
    const parameters = await node.openTransport({ routerId, transportId });
    const reached = detour ? await detour(parameters) : parameters;
    const options = { iceServers: [], ...reached } as types.TransportOptions;
    const device = await this.loadDevice();
    const transport = purpose === 'sending' ? device.createSendTransport(options) : device.createRecvTransport(options);
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      node.connectTransport(transportId, dtlsParameters as never).then(done, failed);
    });
    this.transports.set(purpose, transport);
    this.closers.push(() => transport.close());
    return transport;
  }

  private async loadDevice(): Promise<Device> {
    if (this.device) return this.device;
    const routerRtpCapabilities = (await this.place.node.openRouter(this.place.routerId)) as types.RtpCapabilities;
    this.device = new Device({ handlerName: 'Chrome111' });
    await this.device.load({ routerRtpCapabilities });
    return this.device;
  }

  private playTone(): MediaStreamTrack {
    const source = new wrtc.nonstandard.RTCAudioSource();
    let played = 0;
    const timer = setInterval(() => {
      const samples = Int16Array.from(
        { length: SAMPLES },
        () => 8000 * Math.sin((played++ * TONE * 2 * Math.PI) / SAMPLE_RATE),
      );
      source.onData({ samples, sampleRate: SAMPLE_RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: SAMPLES });
    }, SOUND_INTERVAL);
    this.closers.push(() => clearInterval(timer));
    return source.createTrack();
  }

  private playPicture(scale: number): MediaStreamTrack {
    const source = new wrtc.nonstandard.RTCVideoSource();
    const width = WIDTH * scale;
    const height = HEIGHT * scale;
    const data = drawPicture(width, height);
    const timer = setInterval(() => source.onFrame({ width, height, data }), FRAME_INTERVAL);
    this.closers.push(() => clearInterval(timer));
    return source.createTrack();
  }
}

interface AudioData {
  samples: Int16Array;
  sampleRate: number;
  channelCount: number;
}

interface I420Frame {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Dark on the left, bright on the right, with noise so that frames take several packets. */
function drawPicture(width: number, height: number): Uint8Array {
  const data = new Uint8Array((width * height * 3) / 2).fill(128);
  for (let i = 0, noise = 1; i < width * height; i++) {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
    data[i] = (i % width < width / 2 ? DARK : BRIGHT) + (noise >>> 24) / 8 - 16;
  }
  return data;
}

function lookAt({ width, height, data }: I420Frame): Picture {
  const sums = [0, 0];
  for (let i = 0; i < width * height; i++) sums[i % width < width / 2 ? 0 : 1]! += data[i]!;
  const half = (width * height) / 2;
  return { width, height, left: sums[0]! / half, right: sums[1]! / half };
}

/** The energy that correlates with the tone, in either phase. */
function listenTo({ samples, sampleRate, channelCount }: AudioData): Sound {
  let sine = 0;
  let cosine = 0;
  let energy = 0;
  let count = 0;
  for (let i = 0; i < samples.length; i += channelCount) {
    const phase = ((i / channelCount) * TONE * 2 * Math.PI) / sampleRate;
    sine += samples[i]! * Math.sin(phase);
    cosine += samples[i]! * Math.cos(phase);
    energy += samples[i]! ** 2;
    count++;
  }
  return { tone: energy === 0 ? 0 : (2 * (sine ** 2 + cosine ** 2)) / (count * energy) };
}

// mediasoup-client checks for a browser's globals.
Object.assign(globalThis, {
  RTCPeerConnection: wrtc.RTCPeerConnection,
  MediaStream: wrtc.MediaStream,
  MediaStreamTrack: wrtc.MediaStreamTrack,
});

const WIDTH = 320;
const HEIGHT = 240;
/** Luma of the halves, as in the recording. */
const DARK = 60;
const BRIGHT = 180;
/** Milliseconds: 30 frames a second. */
const FRAME_INTERVAL = 33;
/** Hertz, as in the recording. */
const TONE = 1000;
const SAMPLE_RATE = 48_000;
/** Milliseconds, and samples in them: the source takes sound in pieces of this size only. */
const SOUND_INTERVAL = 10;
const SAMPLES = 480;
