import type { Camera } from '../page/page.js';
import type { NetworkSpec } from '../path/messages.js';

/**
 * A call through a network, and what it should be like. Times are seconds since the schedule of the
 * network began.
 */
export interface Case {
  name: string;
  title: string;
  network: Omit<NetworkSpec, 'seed'>;
  /** In the order in which they come. */
  people: Person[];
  /** Until the end. */
  duration: number;
  /** Who is judged. */
  viewers: string[];
  /** The link that is judged and plotted. */
  bottleneck: string;
  /** Which side sends into it. */
  sender: 'server' | 'browser';
  /** Changes of the bottleneck that pictures have to get over. */
  steps?: { at: number; kind: 'drop' | 'rise' }[];
  /** A camera that is switched off and on. */
  pauses?: { who: string; at: number; paused: boolean }[];
  aims: Aim[];
}

export interface Person {
  name: string;
  /**
   * Whose browser context; by default the person's own. One context may hold several people who
   * send.
   */
  context?: string;
  camera?: Camera;
  sound?: boolean;
  /** Takes part from then on; by default before the schedule begins. */
  from?: number;
  /** Receives what the others send (default: only viewers do). */
  sees?: boolean;
  /** Pixels of each tile. */
  tile?: { width: number; height: number };
}

/** `figure` is one of `Figures`, judged at its worst over viewers and streams. */
export type Aim = { figure: FigureName; text: string } & ({ atMost: number } | { atLeast: number });

/**
 * Figures of a case over its viewers; the worst of each, which is the least of what should be
 * large.
 */
export interface Figures {
  /** Pictures a second, of the stream with the fewest. */
  pictures: number;
  /** Share of time, of the stream with the most. */
  frozen: number;
  /** Pixels that most pictures have, of the lowest stream. */
  height: number;
  /** Milliseconds that packets waited for the bottleneck. */
  queueP50: number;
  queueP95: number;
  /** Share of what the bottleneck could take. */
  utilisation: number | undefined;
  /** Megabits per second into the bottleneck. */
  offered: number;
  /** Share of samples. */
  concealed: number;
  /** Share of RTP bytes sent into the bottleneck. */
  retransmitted: number;
  /** Seconds after a drop. */
  fluid: number | undefined;
  /** Seconds after a rise. */
  fullQuality: number | undefined;
  /** Freezes of more than 500 ms at a change of height. */
  frozenSwitches: number;
  /** The largest share of bits that one of several viewers of the same got, by the least. */
  unfairness: number | undefined;
}

export type FigureName = keyof Figures;

export const HD: Camera = { width: 1280, height: 720, frameRate: 30 };

/** One way, milliseconds: somebody in the same country. */
export const NEAR = 25;

/** Milliseconds: what RFC 8867 section 4 gives a queue with tail drop. */
export const QUEUE = 300;

export const UTILISED: Aim = { figure: 'utilisation', text: 'utilisation ≥ 80 %', atLeast: 0.8 };
export const SHORT_QUEUE: Aim = { figure: 'queueP95', text: 'queueing p95 ≤ 100 ms', atMost: 100 };
export const PERFECT_SOUND: Aim = { figure: 'concealed', text: 'concealed ≤ 0.5 %', atMost: 0.005 };
export const SEEN: Aim = { figure: 'frozen', text: 'frozen ≤ 5 %', atMost: 0.05 };
export const SMOOTH_SWITCHES: Aim = { figure: 'frozenSwitches', text: 'no freeze > 500 ms at a switch', atMost: 0 };
export const FLUID_AGAIN: Aim = { figure: 'fluid', text: 'fluid ≤ 5 s after a drop', atMost: 5 };
export const FULL_AGAIN: Aim = { figure: 'fullQuality', text: 'full quality ≤ 15 s after a rise', atMost: 15 };
