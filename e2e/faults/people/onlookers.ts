import type { Figures } from '../scenario.js';
import { pause } from '../until.js';
import {
  commonSilences,
  flowingAgain,
  heardAgain,
  longestPictureGap,
  longestSilence,
  type Silence,
  type Stretch,
} from './gaps.js';
import type { Probe } from './probe.js';
import type { Visitor } from './visitor.js';

/** The media of all people in a call, as each of the others receives them. */
export class Onlookers {
  constructor(
    readonly visitors: readonly Visitor[],
    private readonly log: (line: string) => void,
    /**
     * Accepts a count of pictures, where the machine may be too busy for half a second without a
     * gap.
     */
    private readonly short: boolean,
  ) {}

  /**
   * Milliseconds until everybody has seen and heard everybody else for half a second without a
   * break; Infinity after `limit`. The missing streams are logged then.
   */
  async flows(limit: number): Promise<number> {
    const begun = performance.now();
    for (;;) {
      const missing = await this.#missing(begun);
      const took = performance.now() - begun;
      if (missing.length === 0) return took;
      if (took >= limit) {
        for (const line of missing) this.log(line);
        return Number.POSITIVE_INFINITY;
      }
      await pause(FLOW_INTERVAL);
    }
  }

  async #missing(since: number): Promise<string[]> {
    return (await this.probes()).flatMap(({ visitor, probe }) =>
      this.othersOf(visitor).flatMap((other) => {
        const stretch = { from: probe.now - FLOWING, to: probe.now };
        const picture = longestPictureGap(picturesOf(other, probe), stretch);
        const sound = longestSilence(silencesOf(other, probe, stretch), stretch);
        if (Math.max(picture, sound) < FLOWING * 0.9) return [];
        if (this.short && cameThrough(other, probe, { from: since - visitor.origin, to: probe.now })) return [];
        return [
          `${visitor.name} misses ${other.name}: no picture for ${picture.toFixed(0)} ms, silence of ${sound.toFixed(0)} ms`,
        ];
      }),
    );
  }

  private othersOf(visitor: Visitor): Visitor[] {
    return this.visitors.filter((other) => other !== visitor);
  }

  /** The gaps of all streams during `work`, under `name`; one value for each stream. */
  measure(name: string, work: () => Promise<unknown>): Promise<{ figures: Figures; missed: Missed[] }> {
    return this.measureAmong(this.visitors, name, work);
  }

  /** The same for some of the people. */
  async measureAmong(
    visitors: readonly Visitor[],
    name: string,
    work: () => Promise<unknown>,
  ): Promise<{ figures: Figures; missed: Missed[] }> {
    const from = performance.now();
    await work();
    const to = performance.now();
    const missed = (await this.probes(visitors)).flatMap(({ visitor, probe }) => {
      const stretch: Stretch = { from: from - visitor.origin, to: to - visitor.origin };
      const others = visitors.filter((other) => other !== visitor);
      return others.map((other): Missed => {
        const pictures = picturesOf(other, probe);
        const silences = silencesOf(other, probe, stretch);
        return {
          viewer: visitor,
          shown: other,
          picture: longestPictureGap(pictures, stretch),
          sound: longestSilence(silences, stretch),
          again: Math.max(flowingAgain(pictures, stretch, LONG_GAP), heardAgain(silences, stretch, LONG_GAP)),
        };
      });
    });
    return {
      missed,
      figures: {
        [`${name}: video gap, ms`]: missed.map(({ picture }) => picture),
        [`${name}: audio gap, ms`]: missed.map(({ sound }) => sound),
      },
    };
  }

  /** Tiles that disappeared or showed "reconnecting" since `from`, with their viewers. */
  async notices(from: number): Promise<{ went: Notice[]; reconnecting: Notice[] }> {
    const notified = (await this.probes()).flatMap(({ visitor, probe }) =>
      probe.shown
        .filter(({ at }) => at > from - visitor.origin)
        .flatMap(({ participantId, what }) => {
          const of = this.visitors.find(({ ids }) => ids.includes(participantId));
          return of ? [{ what, viewer: visitor, of }] : [];
        }),
    );
    const only = (wanted: string) => notified.filter(({ what }) => what === wanted);
    return { went: only('went'), reconnecting: only('reconnecting') };
  }

  protected async probes(of = this.visitors): Promise<{ visitor: Visitor; probe: Probe }[]> {
    return Promise.all(
      of.map(async (visitor) => {
        const probe = await visitor.probe();
        return { visitor, probe };
      }),
    );
  }
}

function picturesOf({ ids }: Visitor, { pictures }: Probe): number[] {
  return ids.flatMap((id) => pictures[id] ?? []);
}

/** Whether some pictures and some sound came, regardless of gaps. */
function cameThrough(other: Visitor, probe: Probe, stretch: Stretch): boolean {
  const pictures = picturesOf(other, probe).filter((at) => at > stretch.from);
  const heard = longestSilence(silencesOf(other, probe, stretch), stretch) < (stretch.to - stretch.from) / 2;
  return pictures.length >= SOME_PICTURES && heard;
}

/** An id without a meter counts as silent all the time. */
function silencesOf({ ids }: Visitor, { silences }: Probe, { from, to }: Stretch): Silence[] {
  return commonSilences(ids.map((id) => silences[id] ?? [{ length: to - from, end: to }]));
}

/** A change that the page of `viewer` showed about `of`. */
export interface Notice {
  viewer: Visitor;
  of: Visitor;
}

/** The gaps in one person's stream for one viewer, in milliseconds. */
export interface Missed {
  viewer: Visitor;
  shown: Visitor;
  /** The longest time without a picture, and without sound. */
  picture: number;
  sound: number;
  /** From the begin until pictures and sound come without long gaps. */
  again: number;
}

/**
 * Milliseconds of continuous picture and sound that count as flowing, and between two checks; each
 * check costs every page a little.
 */
const FLOWING = 500;
const FLOW_INTERVAL = 250;

/** Half a second of pictures on an idle machine. */
const SOME_PICTURES = 10;

/**
 * Milliseconds; longer gaps are an interruption. Gaps of 133 ms occur without a fault on two cores.
 */
const LONG_GAP = 400;
