/**
 * Adapts the work of an effect to the machine. A person is searched in every frame, or only in some
 * while the edge of the last one is used; a machine that is too slow even for that is reported.
 */
export class Effort {
  #step = 0;
  #frames = 0;
  #spent = 0;
  /** Windows in sequence that were much shorter than permitted, or too long at the last step. */
  #light = 0;
  #overloaded = 0;
  #last: number[] = [];

  /** Every how many frames the person is searched. */
  get segmentedEvery(): number {
    return STEPS[this.#step]!;
  }

  /** Milliseconds of each of the last frames. */
  get spent(): readonly number[] {
    return this.#last;
  }

  /**
   * After each frame, with its milliseconds; true: this machine is too slow, for so long that no
   * start of a call explains it.
   */
  done(spent: number): boolean {
    this.#last.push(spent);
    if (this.#last.length > WINDOW) this.#last.shift();
    this.#frames += 1;
    this.#spent += spent;
    if (this.#frames < WINDOW) return false;
    const mean = this.#spent / this.#frames;
    this.#frames = 0;
    this.#spent = 0;
    this.#judge(mean);
    return this.#overloaded >= LONG;
  }

  #judge(mean: number): void {
    const isLast = this.#step === STEPS.length - 1;
    this.#overloaded = isLast && mean > BEARABLE ? this.#overloaded + 1 : 0;
    this.#light = mean < LIGHT ? this.#light + 1 : 0;
    if (mean > COMFORTABLE && !isLast) this.#step += 1;
    else if (this.#light >= LONG && this.#step > 0) {
      this.#step -= 1;
      this.#light = 0;
    }
  }
}

const STEPS = [1, 2, 3];

/** Frames that are judged together: two seconds of a camera. */
const WINDOW = 60;

/** Windows in sequence. */
const LONG = 3;

/** Milliseconds of a frame: encoder and page share the rest of the 33 ms between two frames. */
const COMFORTABLE = 24;
const LIGHT = 10;

/** Milliseconds of a frame: eight frames a second still look like a person that moves. */
const BEARABLE = 120;
