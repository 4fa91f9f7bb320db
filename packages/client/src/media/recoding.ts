import { isPassing, isTransportGone } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import type { SendTransport } from '../webrtc/device.js';
import type { Publication } from './publication.js';
import { Retirement } from './retirement.js';

/**
 * Pictures that continue in another codec on the same transport: both are sent until all receivers
 * use the new one, so that no tile is empty in between.
 */
export class Recoding {
  #session: Requester;
  #kick: () => void;
  /** Publications whose former codec is still sent. */
  #retiring = new Map<Publication, Retirement>();

  constructor(session: Requester, kick: () => void) {
    this.#session = session;
    this.#kick = kick;
  }

  /** Rejects with a failure that is worth a retry. */
  async settle(publications: readonly Publication[], transport: SendTransport): Promise<void> {
    for (const publication of publications) {
      if (!publication.recodes) continue;
      try {
        await publication.recode(transport, this.#session);
        this.#retiring.set(publication, new Retirement(this.#session, MOST_CHECKS, this.#kick));
      } catch (error) {
        if (isPassing(error) || isTransportGone(error)) throw error;
        // Refused: the picture continues as it is.
      }
    }
    for (const [publication, retirement] of this.#retiring) {
      const producerId = publication.retiringId(transport);
      if (producerId === undefined) this.#retiring.delete(publication);
      else if (!retirement.isOver) retirement.check(() => [producerId]);
      else {
        publication.retire(transport);
        this.#retiring.delete(publication);
        await this.#session.request('producer.close', { producerId }).catch((error) => {
          if (isPassing(error)) throw error;
        });
      }
    }
  }

  close(): void {
    for (const retirement of this.#retiring.values()) retirement.stop();
    this.#retiring.clear();
  }
}

/**
 * The former codec ends after so many checks in any case: a receiver without the new one after 10 s
 * never gets it.
 */
const MOST_CHECKS = 20;
