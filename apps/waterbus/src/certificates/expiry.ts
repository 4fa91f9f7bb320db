import type { Clock } from '@waterbus/cluster';
import type { Log } from './log.js';
import type { ServedCertificate } from './served-certificate.js';

/**
 * Warns once a day of a certificate that expires soon, whatever its source. Returns the end of it.
 */
export function watchExpiry(served: ServedCertificate, clock: Clock, logger: Log): () => void {
  let warnedAt = Number.NEGATIVE_INFINITY;
  let cancel = clock.after(0, look);
  return () => cancel();

  function look(): void {
    const { notBefore, notAfter, names } = served.pair;
    const date = clock.date();
    const left = notAfter - date;
    const soon = left < Math.min((notAfter - notBefore) / 5, LONGEST_NOTICE);
    if (!served.temporary && soon && date - warnedAt >= DAY) {
      warnedAt = date;
      const expires = new Date(notAfter).toISOString();
      logger.warn({ names, expires }, left > 0 ? 'the certificate expires soon' : 'the certificate has expired');
    }
    cancel = clock.after(HOUR, look);
  }
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Ordinary authorities renew earlier, at 30 days. */
const LONGEST_NOTICE = 21 * DAY;
