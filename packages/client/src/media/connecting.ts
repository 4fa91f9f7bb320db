import type { DtlsParameters } from '@waterbus/protocol';

/**
 * Tells the server the DTLS parameters of a transport while the browser goes on negotiating, and looks for its way, instead of before: whoever waits for
 * pictures waits a round trip less. Media nodes answer ICE checks before they know them, and the browser repeats its ClientHello (RFC 6347 §4.2.4).
 */
export class Connecting {
  #tell: (parameters: DtlsParameters) => Promise<void>;
  #parameters: DtlsParameters | undefined;
  #telling: Promise<void> | undefined;

  constructor(tell: (parameters: DtlsParameters) => Promise<void>) {
    this.#tell = tell;
  }

  begin(parameters: DtlsParameters): void {
    this.#parameters = parameters;
    this.told().catch(() => {});
  }

  /** Resolves when the server knows them, or when they are not known here yet. What failed is tried again by whoever asks next. */
  async told(): Promise<void> {
    const parameters = this.#parameters;
    if (!parameters) return;
    this.#telling ??= this.#tell(parameters).catch((error) => {
      this.#telling = undefined;
      throw error;
    });
    await this.#telling;
  }
}
