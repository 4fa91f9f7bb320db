// Hot path: no allocation per packet.
/**
 * Whether the application sends clearly less than the estimate allows: the arriving rate then shows
 * nothing about the path, and only probes raise the estimate. A bucket fills with the bytes that
 * could be sent. Time alone fills it, so that silence counts.
 */
export class ApplicationLimited {
  private isLimited = false;
  /** Bytes that could have been sent and were not, within the window. */
  private unused = 0;
  private filledAt: number;

  constructor(now: number) {
    this.filledAt = now;
  }

  sent(size: number): void {
    this.unused -= size;
  }

  /** The estimate's target is bits per second. */
  state({ target }: { readonly target: number }, now: number): boolean {
    const bytesPerMillisecond = (USED_SHARE * target) / 8000;
    const bound = bytesPerMillisecond * WINDOW;
    const filled = this.unused + bytesPerMillisecond * (now - this.filledAt);
    this.unused = Math.min(Math.max(filled, -bound), bound);
    this.filledAt = now;
    this.isLimited = this.unused > (this.isLimited ? STOP_LEVEL : START_LEVEL) * bound;
    return this.isLimited;
  }
}

/**
 * libwebrtc's: limited below this share of the estimate, over a window in milliseconds, with two
 * levels against flapping.
 */
const USED_SHARE = 0.65;
const WINDOW = 500;
const START_LEVEL = 0.8;
const STOP_LEVEL = 0.5;
