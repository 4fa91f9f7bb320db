import { isPassing, isTransportGone } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import type { SendTransport } from '../webrtc/device.js';
import { isReceived } from './is-received.js';
import type { Publication } from './publication.js';

/**
 * Pictures that continue in another codec on the same transport: both are sent until all receivers
 * use the new one, so that no tile is empty in between.
 */
export class Recoding {
  #session: Requester;
  #kick: () => void;
  /** Publications whose former codec is still sent. */
  #retiring = new Map<
    Publication,
    { timer: ReturnType<typeof setTimeout> | undefined; looks: number; over: boolean }
  >();

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
        this.#retiring.set(publication, { timer: undefined, looks: 0, over: false });
      } catch (error) {
        if (isPassing(error) || isTransportGone(error)) throw error;
        // Refused: the picture continues as it is.
      }
    }
    for (const [publication, retirement] of this.#retiring) {
      const producerId = publication.retiringId(transport);
      if (producerId === undefined) this.#retiring.delete(publication);
      else if (!retirement.over) retirement.timer ??= setTimeout(() => void this.#look(publication, producerId), LOOK);
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
    for (const { timer } of this.#retiring.values()) clearTimeout(timer);
    this.#retiring.clear();
  }

  async #look(publication: Publication, producerId: string): Promise<void> {
    const received = await isReceived(this.#session, [producerId]);
    const retirement = this.#retiring.get(publication);
    if (!retirement) return;
    retirement.looks += 1;
    retirement.timer = undefined;
    retirement.over = !received || retirement.looks >= MOST_LOOKS;
    this.#kick();
  }
}

/** Milliseconds between two checks for receivers of the former codec: sending twice costs twice. */
const LOOK = 500;

/**
 * The former codec ends after so many checks in any case: a receiver without the new one after 10 s
 * never gets it.
 */
const MOST_LOOKS = 20;
