import { randomUUID } from 'node:crypto';
import type { MediaKind } from '@waterbus/media-host';
import { Serial } from '../../time/serial.js';

/** A producer of the far media node, as a consumer there and a producer of the near one. */
export class CarriedStream {
  /** Of both. */
  readonly id = randomUUID();
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
  ) {}
}
