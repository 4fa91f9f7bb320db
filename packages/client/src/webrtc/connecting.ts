import type { DtlsParameters } from '@waterbus/protocol';

/**
 * Sends the DTLS parameters of a transport to the server while the browser negotiates and runs its
 * ICE checks, instead of before: pictures arrive a round trip earlier. Media nodes answer ICE
 * checks before they have the parameters, and the browser repeats its ClientHello (RFC 6347
 * §4.2.4).
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

  /**
   * Resolves when the server has the parameters, or when they are not known here yet. The next
   * caller repeats a failed request.
   */
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
