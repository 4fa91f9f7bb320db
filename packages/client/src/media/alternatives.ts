import type { Source, VideoCodec } from '@waterbus/protocol';
import { alternativeTo, type Decodes } from './codec-choice.js';
import { Publication } from './publication.js';

export interface AlternativesOptions {
  /** The codecs that every other participant in the room decodes. */
  audience: () => readonly Decodes[];
  /** The codecs that this browser encodes. */
  sends: () => readonly VideoCodec[];
  /** There are changes to settle. */
  kick: () => void;
}

/**
 * Second publications of pictures, in another codec, for participants that do not decode the first
 * one. Each exists as long as such a participant is present, and a little longer; it has its
 * source's track and is muted with it.
 */
export class Alternatives {
  #options: AlternativesOptions;
  #publications = new Map<Source, Publication>();
  /** Alternatives that no participant needs any more. */
  #ending = new Map<Publication, ReturnType<typeof setTimeout>>();
  /** Publications whose alternative was refused: it is not tried again. */
  #refused = new WeakSet<Publication>();

  constructor(options: AlternativesOptions) {
    this.#options = options;
  }

  all(): Publication[] {
    return [...this.#publications.values()];
  }

  has(publication: Publication): boolean {
    return this.#publications.get(publication.source) === publication;
  }

  /** Makes the alternatives match the publications and the participants. */
  update(publications: readonly Publication[]): void {
    const there = new Map(publications.map((publication) => [publication.source, publication]));
    for (const [source, alternative] of this.#publications) {
      if (!there.has(source)) this.#end(alternative);
    }
    for (const publication of publications) this.#updateOne(publication);
  }

  /** The alternative was unpublished or refused. */
  drop(alternative: Publication, beside?: Publication): void {
    this.#keep(alternative);
    if (this.has(alternative)) this.#publications.delete(alternative.source);
    if (beside) this.#refused.add(beside);
  }

  close(): void {
    for (const timer of this.#ending.values()) clearTimeout(timer);
    this.#ending.clear();
    for (const publication of this.all()) publication.close();
    this.#publications.clear();
  }

  #updateOne(publication: Publication): void {
    const { source, track, muted } = publication;
    let alternative = this.#publications.get(source);
    if (alternative?.removed) {
      // Its remaining producer is closed first.
      if (!alternative.settled) return;
      this.drop(alternative);
      alternative = undefined;
    }
    if (alternative && (alternative.track !== track || alternative.muted !== muted)) {
      alternative.want({ track, muted }).catch(() => {});
    }
    if (publication.kind !== 'video' || publication.producerId === undefined) return;
    const { codec } = publication;
    if (codec === undefined) return;
    const { audience, sends } = this.#options;
    const needed = alternativeTo(codec, sends(), audience());
    if (alternative) {
      if (alternative.codec === needed) this.#keep(alternative);
      else if (!this.#ending.has(alternative)) {
        this.#ending.set(
          alternative,
          setTimeout(() => this.#end(alternative), LINGERS),
        );
      }
      return;
    }
    if (needed === undefined || this.#refused.has(publication)) return;
    const next = new Publication(
      track,
      { source, muted, codec: () => needed, alternative: true },
      { changed: () => this.#options.kick() },
    );
    this.#publications.set(source, next);
    this.#options.kick();
  }

  #keep(alternative: Publication): void {
    clearTimeout(this.#ending.get(alternative));
    this.#ending.delete(alternative);
  }

  #end(alternative: Publication): void {
    this.#keep(alternative);
    if (!alternative.removed) alternative.unpublish().catch(() => {});
  }
}

/**
 * Milliseconds: a participant that loses the connection or reloads the page is back within them.
 */
const LINGERS = 5_000;
