import type { ConsumerLayers, PictureView, Priority } from '@waterbus/protocol';
import type { PreferredView } from '../api/participants.js';
import type { Requester } from '../signalling/session.js';
import { Preferences } from './preferences.js';
import { TileViews } from './tile-views.js';
import { MOST_PIXELS, type WatchElement } from './watch-element.js';

/** A publication, by the producers that carry it one after the other. */
export interface Carried {
  has(producerId: string): boolean;
}

/**
 * While a stream is received over two paths (R10): the new copy is not shown yet, the old copy is
 * not shown any more.
 */
export type Copy = 'arriving' | 'leaving';

export interface PicturesOptions {
  session: Requester;
  /** The consumers of pictures that are received now. */
  consumers(): Iterable<{ consumerId: string; producerId: string; copy?: Copy | undefined }>;
  /** The sent layers of this producer's picture have changed. */
  onLayers(producerId: string): void;
  /** Pictures without an observed element are not sent. */
  onlyObserved: boolean;
  watch?: WatchElement | undefined;
}

/**
 * Received pictures between page and servers: sends how they are shown, and receives which layers
 * are sent.
 */
export class Pictures {
  #options: PicturesOptions;
  #views = new Map<Carried, TileViews>();
  /** By consumer. An event may arrive before the browser has negotiated the consumer. */
  #layers = new Map<string, ConsumerLayers>();
  #preferences: Preferences;
  /** Consumers of pictures that no element shows; a new one gets time to be shown. */
  #unclaimed = new Map<string, ReturnType<typeof setTimeout> | 'for good'>();

  constructor(options: PicturesOptions) {
    this.#options = options;
    this.#preferences = new Preferences({
      session: options.session,
      views: () =>
        Array.from(options.consumers(), ({ consumerId, producerId, copy }) => {
          const view =
            this.#viewOf(producerId) ?? (this.#unclaimed.get(consumerId) === 'for good' ? UNSEEN : undefined);
          return [consumerId, viewOfCopy(view, copy)];
        }),
    });
  }

  /** Until it is stopped, this element shows the publication's picture. */
  observe(publication: Carried, element: Element, priority: Priority): () => void {
    return this.#viewsOf(publication).observe(element, priority);
  }

  /** Until it is stopped, the application shows the publication's picture in this size. */
  prefer(publication: Carried, { width, height, priority = 'low' }: PreferredView): () => void {
    const size = { width: pixels(width), height: pixels(height) };
    const visible = size.width > 0 && size.height > 0;
    return this.#viewsOf(publication).prefer({ ...size, visible }, priority);
  }

  consumerCame(consumerId: string): void {
    if (this.#options.onlyObserved) {
      const timer = setTimeout(() => {
        this.#unclaimed.set(consumerId, 'for good');
        this.#preferences.kick();
      }, CLAIMED_WITHIN);
      this.#unclaimed.set(consumerId, timer);
    }
    this.#preferences.kick();
  }

  /** The servers are reachable again. */
  kick(): void {
    this.#preferences.kick();
  }

  layersReported(consumers: readonly ConsumerLayers[]): void {
    const producers = new Map([...this.#options.consumers()].map((one) => [one.consumerId, one.producerId]));
    for (const layers of consumers) {
      this.#layers.delete(layers.consumerId);
      this.#layers.set(layers.consumerId, layers);
      const producerId = producers.get(layers.consumerId);
      if (producerId !== undefined) this.#options.onLayers(producerId);
    }
    for (const oldest of this.#layers.keys()) {
      if (this.#layers.size <= MOST_LAYERS) break;
      this.#layers.delete(oldest);
    }
  }

  /** The sent layers of this consumer's picture; undefined before the servers' first event. */
  layers(consumerId: string): ConsumerLayers | undefined {
    return this.#layers.get(consumerId);
  }

  /** No layer of this picture is sent, because it is hidden or the bandwidth does not suffice. */
  withheld(producerId: string, consumerId: string): boolean {
    return this.#viewOf(producerId)?.visible === false || (this.#layers.get(consumerId)?.spatial ?? 0) < 0;
  }

  consumerGone(consumerId: string): void {
    this.#layers.delete(consumerId);
    const timer = this.#unclaimed.get(consumerId);
    if (timer !== 'for good') clearTimeout(timer);
    this.#unclaimed.delete(consumerId);
  }

  publicationGone(publication: Carried): void {
    this.#views.get(publication)?.close();
    this.#views.delete(publication);
  }

  close(): void {
    this.#preferences.close();
    for (const views of this.#views.values()) views.close();
    this.#views.clear();
    for (const consumerId of [...this.#unclaimed.keys()]) this.consumerGone(consumerId);
    this.#layers.clear();
  }

  #viewsOf(publication: Carried): TileViews {
    let views = this.#views.get(publication);
    if (!views) {
      views = new TileViews(() => this.#preferences.kick(), this.#options.watch);
      this.#views.set(publication, views);
    }
    return views;
  }

  #viewOf(producerId: string) {
    for (const [publication, { view }] of this.#views) if (publication.has(producerId)) return view;
    return undefined;
  }
}

/** Two copies must not cost double: the lowest layer of the arriving one, none of the other. */
function viewOfCopy(view: PictureView | undefined, copy: Copy | undefined): PictureView | undefined {
  switch (copy) {
    case undefined:
      return view;
    case 'arriving':
      return view?.visible ? { ...view, width: 1, height: 1 } : view;
    case 'leaving':
      return UNSEEN;
  }
}

/** Whole ones, within the servers' limit. */
function pixels(size: number): number {
  return Math.max(0, Math.min(MOST_PIXELS, Math.round(size) || 0));
}

const UNSEEN: PictureView = { width: 0, height: 0, visible: false, priority: 'low' };

/**
 * Milliseconds until a page has rendered a tile for a new participant, also while it is starting.
 */
const CLAIMED_WITHIN = 1_500;

/** The limit of consumers per participant. */
const MOST_LAYERS = 1_000;
