import { soundRating } from './sound-rating.js';

/** The totals of one stream of sound when a report of its receiver arrives. */
export interface SoundTotals {
  /** RFC 3550 section 6.4.1: extended highest number received, and cumulative number lost. */
  highest: number;
  lost: number;
  /** The highest number assigned, and the packets that left; a gap came from the publisher. */
  numbered: number;
  sent: number;
}

/**
 * Whether a receiver gets enough of one sound to understand speech, by the loss that remains after
 * repair. Repeats have the numbers of their packets, so reports count them as received: a reported
 * loss is one that NACK did not mend. RED and Opus' in-band FEC carry each packet in the next one:
 * with them a packet is lost if the next one is lost too. That share comes from the requests, which
 * show whether losses come in a row. Gaps that already came from the publisher are not counted.
 *
 * Silence is no evidence: with few packets nothing is decided, and an old decision expires.
 */
export class SoundReception {
  isIntelligible = true;
  private readonly before: SoundTotals = { highest: 0, lost: 0, numbered: 0, sent: 0 };
  private isKnown = false;
  /** Since `since`, of the packets that the receiver expected. */
  private expected = 0;
  private lost = 0;
  private unsent = 0;
  private since = 0;
  /** Numbers in NACKs, and those of them right after another one. */
  private requested = 0;
  private inRow = 0;
  private lastRequested = -1;
  /** Consecutive decisions for the other state. */
  private different = 0;
  private decidedAt = Number.NEGATIVE_INFINITY;

  /** The receiver requests this packet. */
  request(sequenceNumber: number): void {
    this.requested++;
    if (sequenceNumber === ((this.lastRequested + 1) & 0xffff)) this.inRow++;
    this.lastRequested = sequenceNumber;
  }

  /** A report has arrived. `isRedundant`: each packet is also in the next one. Milliseconds. */
  report(totals: SoundTotals, isRedundant: boolean, now: number): void {
    const { before } = this;
    const expected = (totals.highest - before.highest) | 0;
    const isNext = this.isKnown && expected >= 0;
    if (!isNext || now - this.since > LONGEST_WINDOW) this.beginWindow(now);
    if (isNext) {
      this.expected += expected;
      this.lost += totals.lost - before.lost;
      this.unsent += totals.numbered - before.numbered - (totals.sent - before.sent);
    }
    this.isKnown = true;
    before.highest = totals.highest;
    before.lost = totals.lost;
    before.numbered = totals.numbered;
    before.sent = totals.sent;
    if (this.expected < ENOUGH_PACKETS || now - this.since < SHORTEST_WINDOW) return;
    this.decide(this.lossAfterRepair(isRedundant), now);
    this.beginWindow(now);
  }

  /** Milliseconds. */
  advance(now: number): void {
    if (this.isIntelligible || now - this.decidedAt <= LIFETIME) return;
    this.isIntelligible = true;
    this.different = 0;
  }

  private lossAfterRepair(isRedundant: boolean): number {
    const unsent = Math.max(0, this.unsent);
    const sent = Math.max(1, this.expected - unsent);
    const loss = Math.min(1, Math.max(0, this.lost - unsent) / sent);
    if (!isRedundant) return loss;
    return loss * Math.max(loss, this.requested > 0 ? this.inRow / this.requested : 0);
  }

  private decide(loss: number, now: number): void {
    this.decidedAt = now;
    const rating = soundRating(loss, 0);
    const isOther = this.isIntelligible ? rating < NOT_RECOMMENDED : rating >= ACCEPTABLE;
    this.different = isOther ? this.different + 1 : 0;
    if (this.different < OTHER_AFTER) return;
    this.isIntelligible = !this.isIntelligible;
    this.different = 0;
  }

  private beginWindow(now: number): void {
    this.expected = this.lost = this.unsent = this.requested = this.inRow = 0;
    this.since = now;
  }
}

/**
 * ITU-T G.109: below 50, connections are not recommended: 21 % of loss. From 50 to 60 nearly all users
 * are dissatisfied, from 60 on fewer: 13 %.
 */
const NOT_RECOMMENDED = 50;
const ACCEPTABLE = 60;
/** Two seconds of speech in packets of 20 ms. Discontinuous transmission sends three a second. */
const ENOUGH_PACKETS = 100;
/** Milliseconds. Browsers report about sound each 2.5 to 7.5 s (RFC 3550 section 6.2), others more often. */
const SHORTEST_WINDOW = 4000;
const LONGEST_WINDOW = 15_000;
/** Milliseconds without enough packets, after which nothing is known. */
const LIFETIME = 20_000;
/** A burst of loss, for example between two Wi-Fi cells, is in one window only. */
const OTHER_AFTER = 2;
