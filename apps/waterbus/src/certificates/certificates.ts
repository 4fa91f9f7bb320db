import type { Server } from 'node:http';
import type { Server as HttpsServer, ServerOptions } from 'node:https';
import { type Clock, systemClock } from '@waterbus/cluster';
import type { AcmeSettings, TlsSettings } from '../tls-settings.js';
import { newAccountKey, obtain } from './acme-order.js';
import { followFiles, readPair } from './certificate-files.js';
import { CertificateStore } from './certificate-store.js';
import { type ChallengeMethod, Challenges } from './challenges.js';
import { watchExpiry } from './expiry.js';
import type { Log } from './log.js';
import type { Pair } from './pair.js';
import { closePlainServer, plainServer } from './plain-server.js';
import { Renewal } from './renewal.js';
import { selfSigned } from './self-signed.js';
import { ServedCertificate } from './served-certificate.js';

/** The settings that matter here. */
export type CertificateSettings = Pick<TlsSettings, 'tls' | 'acme' | 'redirect'> & {
  publicUrl: string | undefined;
  dataDir: string;
};

/** The surroundings of every part here. */
interface Surroundings {
  settings: CertificateSettings;
  clock: Clock;
  logger: Log;
}

/** The certificate of the page from its source to the TLS server, and the server on port 80. */
export class Certificates {
  readonly #served: ServedCertificate;
  readonly #follow: () => () => void;
  readonly #redirect: { port: number; server: Server } | undefined;
  readonly #closings: (() => unknown)[] = [];
  readonly #clock: Clock;
  readonly #logger: Log;

  constructor(served: ServedCertificate, follow: () => () => void, { settings, clock, logger }: Surroundings) {
    this.#served = served;
    this.#follow = follow;
    this.#clock = clock;
    this.#logger = logger;
    const { redirect, publicUrl } = settings;
    if (redirect && publicUrl) {
      const server = plainServer(publicUrl, served.challenges, () => served.temporary);
      this.#redirect = { port: redirect.port, server };
    }
  }

  /** For `https.createServer`. */
  get https(): ServerOptions {
    return this.#served.options();
  }

  /** The server that redirects to the page, and its port. */
  get redirect(): { port: number; server: Server } | undefined {
    return this.#redirect;
  }

  /** Follows the source from now on. Both servers listen: an authority may check them. */
  begin(server: HttpsServer): void {
    this.#served.attach(server);
    this.#closings.push(this.#follow(), watchExpiry(this.#served, this.#clock, this.#logger));
  }

  async close(): Promise<void> {
    for (const end of this.#closings.splice(0)) end();
    if (this.#redirect) await closePlainServer(this.#redirect.server);
  }
}

/** Undefined: the process serves plain HTTP. */
export async function openCertificates(
  settings: CertificateSettings,
  logger: Log,
  clock: Clock = systemClock,
): Promise<Certificates | undefined> {
  const { tls, acme } = settings;
  const parts: Surroundings = { settings, clock, logger };
  if (tls) {
    const pair = await readPair(tls);
    const served = new ServedCertificate(pair, new Challenges(), { temporary: false });
    return new Certificates(served, () => followFiles(tls, pair, { use: (next) => served.use(next), ...parts }), parts);
  }
  if (!acme) return undefined;
  const store = new CertificateStore(settings.dataDir);
  store.prepare();
  const kept = await keptPair(store, acme.host, parts);
  const pair = kept ?? (await selfSigned(acme.host, { now: clock.date(), days: TEMPORARY_DAYS }));
  const served = new ServedCertificate(pair, new Challenges(), { temporary: !kept });
  const renewal = renewalOf(acme, { store, served, kept, ...parts });
  return new Certificates(
    served,
    () => {
      if (!kept) logger.info({ host: acme.host, directory: acme.directory }, 'ordering a certificate');
      renewal.start();
      return () => renewal.close();
    },
    parts,
  );
}

/** One that is broken, expired or of another name is ordered again. */
async function keptPair(
  store: CertificateStore,
  host: string,
  { clock, logger }: Surroundings,
): Promise<Pair | undefined> {
  try {
    const pair = await store.load(host);
    return pair?.covers(host) && pair.notAfter > clock.date() ? pair : undefined;
  } catch (error) {
    logger.warn({ reason: String(error) }, 'the stored certificate cannot be used');
    return undefined;
  }
}

function renewalOf(
  acme: AcmeSettings,
  source: Surroundings & { store: CertificateStore; served: ServedCertificate; kept: Pair | undefined },
): Renewal {
  const { store, served, kept, settings, clock, logger } = source;
  const { rehearsal, directory } = acme;
  const orderAt = async (address: string, method: ChallengeMethod) =>
    obtain({
      directory: address,
      accountKey: await store.accountKey(address, newAccountKey),
      email: acme.email,
      host: acme.host,
      method,
      challenges: served.challenges,
      now: () => clock.date(),
      pause: (milliseconds) => new Promise((resolve) => clock.after(milliseconds, resolve)),
    });
  return new Renewal({
    current: kept,
    methods: settings.redirect ? ['http-01', 'tls-alpn-01'] : ['tls-alpn-01'],
    order: (method) => orderAt(directory, method),
    rehearse: rehearsal === undefined ? undefined : (method) => orderAt(rehearsal, method),
    use: async (pair) => {
      served.use(pair);
      // The order succeeded, and another one would count at the authority.
      await store.save(acme.host, pair).catch((error) => {
        logger.warn({ reason: String(error) }, 'the certificate cannot be stored, and is in use until the next start');
      });
    },
    clock,
    random: Math.random,
    logger,
  });
}

/** More than the longest pause between two orders; the authority may be away for longer. */
const TEMPORARY_DAYS = 30;
