import type { Server as HttpsServer, ServerOptions } from 'node:https';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Challenges } from './challenges.js';
import type { Pair } from './pair.js';

/**
 * The certificate that the HTTPS server presents. A new one holds for new connections; those that
 * exist stay.
 */
export class ServedCertificate {
  #pair: Pair;
  #server: HttpsServer | undefined;
  #temporary: boolean;

  constructor(
    pair: Pair,
    readonly challenges: Challenges,
    { temporary }: { temporary: boolean },
  ) {
    this.#pair = pair;
    this.#temporary = temporary;
  }

  /** Whether the pair is self-signed, in the place of one that is not there yet. */
  get temporary(): boolean {
    return this.#temporary;
  }

  get pair(): Pair {
    return this.#pair;
  }

  /** For `https.createServer`. */
  options(): ServerOptions {
    const { challenges } = this;
    return {
      cert: this.#pair.cert,
      key: this.#pair.key,
      ALPNCallback({ servername, protocols }) {
        if (protocols.includes(ACME_TLS)) return answerChallenge(this as unknown as TLSSocket, challenges, servername);
        return SERVED_PROTOCOLS.find((protocol) => protocols.includes(protocol));
      },
    };
  }

  /** Makes later calls of `use` reach this server. */
  attach(server: HttpsServer): void {
    this.#server = server;
    this.#apply();
  }

  use(pair: Pair): void {
    this.#pair = pair;
    this.#temporary = false;
    this.#apply();
  }

  #apply(): void {
    this.#server?.setSecureContext({ cert: this.#pair.cert, key: this.#pair.key });
  }
}

/**
 * The connection ends with its handshake, and no HTTP server sees it (RFC 8737 section 3): the
 * listener that hands it to the servers is removed. Its last records are sent before the end.
 */
function answerChallenge(socket: TLSSocket, challenges: Challenges, name: string): string | undefined {
  const context = challenges.context(name);
  if (!context) return undefined;
  (socket as TLSSocket & { setKeyCert(context: SecureContext): void }).setKeyCert(context);
  socket.removeAllListeners('secure');
  socket.once('secure', () => socket.end());
  socket.setTimeout(CHECK_TIMEOUT, () => socket.destroy());
  return ACME_TLS;
}

const ACME_TLS = 'acme-tls/1';

/** HTTP, and TURN by RFC 7443. Clients without ALPN are accepted too. */
const SERVED_PROTOCOLS = ['http/1.1', 'stun.turn'];

/** Milliseconds. */
const CHECK_TIMEOUT = 10_000;
