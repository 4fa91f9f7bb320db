import { Delays } from './delays.js';
import { JoinFigures } from './join-figures.js';

/** What the participants of a run report while it lasts. */
export class RunFigures {
  readonly joins = new JoinFigures();
  /** Milliseconds from the publisher's to the receiver's socket, of streams that have settled. */
  readonly delays = { audio: new Delays(), video: new Delays() };
  /** The same before: the estimate of a new path is low, and a key frame waits for its share of it. */
  readonly earlyDelays = { audio: new Delays(), video: new Delays() };
  /** The same since the last line. */
  readonly recent = new Delays();
  /** How late packets left, milliseconds: above some, the tester is the bottleneck. */
  readonly lateness = new Delays();
  /** Participants in the call now. */
  present = 0;
  /** Participants that lost their socket or a transport, by code. */
  readonly losses = new Map<string, number>();
  /** Pictures that the server does not send now, and why. */
  readonly paused = new Map<string, string>();

  lost(code: string): void {
    this.losses.set(code, (this.losses.get(code) ?? 0) + 1);
  }

  /** `age`: milliseconds since the first packet of the stream. */
  delayed(kind: 'audio' | 'video', milliseconds: number, age: number): void {
    (age < SETTLING ? this.earlyDelays : this.delays)[kind].add(milliseconds);
    this.recent.add(milliseconds);
  }
}

/** Milliseconds in which a path is probed up to the rate of its pictures. */
export const SETTLING = 5_000;
