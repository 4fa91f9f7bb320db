export interface CodecReviewOptions {
  /** What would be sent in another codec if it began now, and in which; empty when nothing would. */
  wanted(): string;
  /** Has that go on in the other codec. */
  reconsider(): void;
}

/**
 * Looks whether pictures should go on in another codec than they began in: somebody came who does not decode it or left,
 * or the meeting's setting is another one. Each change is a new encoder, so a wish has to last.
 */
export class CodecReview {
  #options: CodecReviewOptions;
  #wanted = '';
  /** Carried out, or refused: not to be tried again. */
  #done = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CodecReviewOptions) {
    this.#options = options;
  }

  /** Something changed that codecs are chosen by. */
  look(): void {
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

/** Milliseconds: who reloads the page or looks in for a moment is gone or back within them. */
const LASTING = 10_000;
