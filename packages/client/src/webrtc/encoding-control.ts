import type { Fitting, PictureSize } from './encodings.js';

/** The used part of an `RTCRtpSender`. */
export type EncodingSender = Pick<RTCRtpSender, 'getParameters' | 'setParameters'>;

/**
 * Keeps the encodings of one sender as they should be: the sizes fit the captured picture, and only
 * layers that a receiver takes are encoded (dynacast). Changes are applied one after the other,
 * because `setParameters` refuses a second one meanwhile.
 */
export class EncodingControl {
  #sender: EncodingSender;
  #fit: Fitting;
  #size: PictureSize;
  /** Highest spatial layer that any receiver takes; −1: none. */
  #wanted = Number.POSITIVE_INFINITY;
  #applying: Promise<void> | undefined;
  #changed = false;

  constructor(sender: EncodingSender, size: PictureSize, fit: Fitting) {
    this.#sender = sender;
    this.#fit = fit;
    this.#size = size;
  }

  /** The sender sends another camera from now on. */
  captured(size: PictureSize): void {
    if (size.width === this.#size.width && size.height === this.#size.height) return;
    this.#size = size;
    this.#apply();
  }

  /** No receiver takes more than this spatial layer; −1: no receiver takes any. */
  want(spatial: number): void {
    if (spatial === this.#wanted) return;
    this.#wanted = spatial;
    this.#apply();
  }

  /** Resolves when all changes are applied. */
  async settled(): Promise<void> {
    await this.#applying;
  }

  #apply(): void {
    this.#changed = true;
    this.#applying ??= this.#run().finally(() => {
      this.#applying = undefined;
    });
  }

  async #run(): Promise<void> {
    while (this.#changed) {
      this.#changed = false;
      const parameters = this.#sender.getParameters();
      if (!this.#amend(parameters.encodings)) continue;
      // A stopped sender refuses, and sends nothing anyway.
      await this.#sender.setParameters(parameters).catch(() => {});
    }
  }

  /** Whether any encoding has changed. */
  #amend(encodings: RTCRtpEncodingParameters[]): boolean {
    const fitted = this.#fit(this.#size, this.#wanted);
    let different = false;
    for (const [layer, encoding] of encodings.entries()) {
      const next = fitted[layer] ?? {};
      for (const [key, value] of Object.entries(next)) different ||= encoding[key as keyof typeof encoding] !== value;
      Object.assign(encoding, next);
    }
    return different;
  }
}
