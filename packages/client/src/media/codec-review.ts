export interface CodecReviewOptions {
  /**
   * The pictures that would use another codec if they began now, and those codecs; empty when there
   * are none.
   */
  wanted(): string;
  /** Makes those pictures continue in the other codec. */
  reconsider(): void;
}

/**
 * Reviews whether pictures should continue in another codec than they began in: a participant that
 * does not decode it joined or left, or the meeting's setting has changed. Each change is a new
 * encoder, so the reason has to last.
 */
export class CodecReview {
  #options: CodecReviewOptions;
  #wanted = '';
  /** Carried out, or refused: it must not be tried again. */
  #done = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CodecReviewOptions) {
    this.#options = options;
  }

  /** A condition of the codec choice has changed. */
  update(): void {
    const wanted = this.#options.wanted();
    if (wanted === '') this.#done = '';
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (wanted === '' || wanted === this.#done) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#done = wanted;
      this.#options.reconsider();
    }, LASTING);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/**
 * Milliseconds: a participant that reloads the page or joins for a moment is back or gone within
 * them.
 */
const LASTING = 10_000;
