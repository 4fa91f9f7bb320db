import {
  decodedVideoCodecs,
  type RtpCapabilities,
  type Source,
  type VideoCodec,
  type VideoCodecSetting,
} from '@waterbus/protocol';
import { chooseCodec, type Decodes } from '../media/codec-choice.js';
import type { MediaDevice } from '../webrtc/device.js';

/** The video codecs of a call: what this browser decodes, and in what its pictures are sent. */
export class CallCodecs {
  /** The meeting's setting. */
  setting: VideoCodecSetting = 'auto';
  #device: MediaDevice;
  #audience: () => readonly Decodes[];
  #decodes: VideoCodec[] | undefined;
  #carries: readonly VideoCodec[] = [];

  /** `audience`: the codecs that every other participant decodes. */
  constructor(device: MediaDevice, audience: () => readonly Decodes[]) {
    this.#device = device;
    this.#audience = audience;
  }

  /** Undefined before the device is loaded. */
  get decodes(): readonly VideoCodec[] | undefined {
    return this.#decodes;
  }

  async load(routerRtpCapabilities: RtpCapabilities): Promise<void> {
    await this.#device.load(routerRtpCapabilities);
    this.#decodes = decodedVideoCodecs(this.#device.rtpCapabilities);
  }

  /** Finds out which codecs this machine encodes with ease. */
  async measure(): Promise<void> {
    this.#carries = await this.#device.carries();
  }

  /** The machine turned out to be too slow: from now on, VP8 alone. */
  overloaded(): void {
    this.#carries = [];
  }

  choose(source: Source): VideoCodec {
    const { sends } = this.#device;
    return chooseCodec({ source, wanted: this.setting, sends, carries: this.#carries, audience: this.#audience() });
  }
}
