import { randomUUID } from 'node:crypto';
import type { MediaKind } from '@waterbus/media-host';
import type { VideoCodec } from '@waterbus/protocol';
import { Serial } from '../../time/serial.js';

/** A producer of the far media node, as consumers there and one producer of the near one. */
export class CarriedStream {
  /** Of its producer. */
  readonly id = randomUUID();
  /** One for each size of the picture, ascending. */
  consumerIds: readonly string[] = [];
  /** Sections that it fills, or will fill. */
  users = 0;
  /** Whether it is open; false when it could not be opened, or has ended. */
  opened: Promise<boolean> = Promise.resolve(false);
  stopLingering = () => {};
  /** Its pauses, in their order. */
  readonly pauses = new Serial();

  constructor(
    readonly producerId: string,
    readonly kind: MediaKind,
    /** Of a picture. */
    readonly codec: VideoCodec | undefined,
  ) {}

  /** Its sizes are streams of their own, and each may be carried by itself. */
  get mayBeSimulcast(): boolean {
    return this.codec === 'vp8' || this.codec === 'h264';
  }
}
