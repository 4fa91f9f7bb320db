/** Makes the decisions of all routers with speech at the same moments. */
export class SpeakerTicks {
  /** When the next decision is due, milliseconds; `Infinity` without speech. */
  dueAt = Number.POSITIVE_INFINITY;
  private readonly awake = new Set<Deciding>();

  constructor(
    private readonly now: () => number,
    private readonly onFault: (error: unknown) => void,
  ) {}

  wake(router: Deciding): void {
    this.awake.add(router);
    if (this.dueAt === Number.POSITIVE_INFINITY) this.dueAt = this.now() + SPEAKER_INTERVAL;
  }

  /** The router is closed. */
  remove(router: Deciding): void {
    this.awake.delete(router);
    if (this.awake.size === 0) this.dueAt = Number.POSITIVE_INFINITY;
  }

  run(now: number): void {
    for (const router of this.awake) {
      let goesOn = false;
      try {
        goesOn = router.decide(now);
      } catch (error) {
        this.onFault(error);
      }
      if (!goesOn) this.awake.delete(router);
    }
    this.dueAt = this.awake.size > 0 ? now + SPEAKER_INTERVAL : Number.POSITIVE_INFINITY;
  }
}

interface Deciding {
  /** Answers whether another decision is due after this one. */
  decide(now: number): boolean;
}

/** Milliseconds. The paper decides as often; a later mark looks late, an earlier one flickers. */
export const SPEAKER_INTERVAL = 300;
