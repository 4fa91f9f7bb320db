import type { DtlsParameters } from '@waterbus/protocol';

/**
 * Sends the DTLS parameters of a transport to the server while the browser negotiates and runs its
 * ICE checks, instead of before: pictures arrive a round trip earlier. Media nodes answer ICE
 * checks before they have the parameters, and the browser repeats its ClientHello (RFC 6347
 * §4.2.4).
 */
export class Connecting {
  #send: (parameters: DtlsParameters) => Promise<void>;
  #parameters: DtlsParameters | undefined;
  #sending: Promise<void> | undefined;

  constructor(send: (parameters: DtlsParameters) => Promise<void>) {
    this.#send = send;
  }

  begin(parameters: DtlsParameters): void {
    this.#parameters = parameters;
    this.sent().catch(() => {});
  }

  /**
   * Resolves when the server has the parameters, or when they are not known here yet. The next
   * caller repeats a failed request.
   */
  async sent(): Promise<void> {
    const parameters = this.#parameters;
    if (!parameters) return;
    this.#sending ??= this.#send(parameters).catch((error) => {
      this.#sending = undefined;
      throw error;
    });
    await this.#sending;
  }
}
