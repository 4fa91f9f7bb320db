/**
 * The one timer of a worker. It is armed for the engine's next deadline and left alone as long as it would fire early
 * enough, because arming anew after every batch would cost more than a needless wake-up now and then.
 */
export class Clock {
  private timer: NodeJS.Timeout | undefined;
  private armedFor = Number.POSITIVE_INFINITY;

  /** `advance` is called with the time in milliseconds of `performance.now()`; it must call `arm` again. */
  constructor(private readonly advance: (now: number) => void) {}

  arm(deadline: number | undefined): void {
    if (deadline === undefined || deadline >= this.armedFor) return;
    this.stop();
    this.armedFor = deadline;
    this.timer = setTimeout(() => this.fire(), Math.max(0, Math.ceil(deadline - performance.now())));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.armedFor = Number.POSITIVE_INFINITY;
  }

  private fire(): void {
    this.armedFor = Number.POSITIVE_INFINITY;
    this.advance(performance.now());
  }
}
