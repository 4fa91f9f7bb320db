import type { Camera } from '../page/page.js';
import type { NetworkSpec } from '../path/messages.js';

/**
 * A call through a network, with its aims. Times are seconds since the begin of the network's
 * schedule.
 */
export interface Case {
  name: string;
  title: string;
  network: Omit<NetworkSpec, 'seed'>;
  /** In the order of their joins. */
  people: Person[];
  /** Seconds until the end. */
  duration: number;
  /** The people whose pictures and sounds are judged. */
  viewers: string[];
  /** The link that is judged and plotted. */
  bottleneck: string;
  /** The side that sends into it. */
  sender: 'server' | 'browser';
  /** Changes of the bottleneck from which pictures must recover. */
  steps?: { at: number; kind: 'drop' | 'rise' }[];
  /** Times at which a camera is switched off or on. */
  pauses?: { who: string; at: number; paused: boolean }[];
  aims: Aim[];
}

export interface Person {
  name: string;
  /**
   * The browser context; by default the person's own. One context may hold several people who send.
   */
  context?: string;
  camera?: Camera;
  sound?: boolean;
  /** Joins at this time; by default before the schedule begins. */
  from?: number;
  /** Whether the person receives the others (default: only viewers do). */
  sees?: boolean;
  /** Pixels of each tile. */
  tile?: { width: number; height: number };
}

/** `figure` is one of `Figures`, judged at its worst over viewers and streams. */
export type Aim = { figure: FigureName; text: string } & ({ atMost: number } | { atLeast: number });

/**
 * Figures of a case over its viewers. Each is the worst value: the smallest of the figures that
 * should be large, the largest of the others.
 */
export interface Figures {
  /** Pictures a second, of the stream with the fewest. */
  pictures: number;
  /** Share of time, of the stream with the most. */
  frozen: number;
  /** The most frequent height in pixels, of the lowest stream. */
  height: number;
  /** Milliseconds that packets waited for the bottleneck. */
  queueP50: number;
  queueP95: number;
  /** Share of the bottleneck's capacity. */
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
  /**
   * The bits of the viewer with the most, divided by those of the viewer with the least, among
   * viewers of the same streams.
   */
  unfairness: number | undefined;
}

export type FigureName = keyof Figures;

export const HD: Camera = { width: 1280, height: 720, frameRate: 30 };

/** One way, milliseconds: the distance of a person in the same country. */
export const NEAR = 25;

/** Milliseconds: the limit of RFC 8867 section 4 for a queue with tail drop. */
export const QUEUE = 300;

export const UTILISED: Aim = { figure: 'utilisation', text: 'utilisation ≥ 80 %', atLeast: 0.8 };
export const SHORT_QUEUE: Aim = { figure: 'queueP95', text: 'queueing p95 ≤ 100 ms', atMost: 100 };
export const PERFECT_SOUND: Aim = { figure: 'concealed', text: 'concealed ≤ 0.5 %', atMost: 0.005 };
export const SEEN: Aim = { figure: 'frozen', text: 'frozen ≤ 5 %', atMost: 0.05 };
export const SMOOTH_SWITCHES: Aim = { figure: 'frozenSwitches', text: 'no freeze > 500 ms at a switch', atMost: 0 };
export const FLUID_AGAIN: Aim = { figure: 'fluid', text: 'fluid ≤ 5 s after a drop', atMost: 5 };
export const FULL_AGAIN: Aim = { figure: 'fullQuality', text: 'full quality ≤ 15 s after a rise', atMost: 15 };
