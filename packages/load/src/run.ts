import { randomInt } from 'node:crypto';
import type { Delays } from './figures/delays.js';
import { type Report, reportOf } from './figures/report.js';
import { RunFigures } from './figures/run-figures.js';
import { Participant } from './participants/participant.js';
import { expectedStreams, type Plan, participantsOf } from './plan.js';
import { loadBetween, type ServerReading } from './servers/server-reading.js';
import { readServers } from './servers/servers.js';
import type { Meeting, Rest } from './signalling/rest.js';
import { TesterLoad } from './tester-load.js';

/** The state of a run, about each second. */
export interface Progress {
  seconds: number;
  begun: number;
  present: number;
  failed: number;
  lost: number;
  /** Streams of which a packet has arrived, and those that should arrive. */
  streams: { received: number; expected: number };
  bitsPerSecond: number;
  /** Milliseconds of the packets since the last line. */
  delay: { p50: number; p99: number };
  testerCores: number;
}

export interface RunOptions {
  plan: Plan;
  rest: Rest;
  /** Ends the run early. */
  signal: AbortSignal;
  progress(state: Progress): void;
  /** A sentence for the user: something could not be cleaned up. */
  warn(sentence: string): void;
}

/** Opens the rooms, lets everybody join, waits, and removes all again. Rejects when no room opens. */
export async function run(options: RunOptions): Promise<Report> {
  const { plan, rest, signal } = options;
  await rest.check();
  const meetings: Meeting[] = [];
  const load = new Load(options);
  try {
    if (plan.code !== undefined) meetings.push({ code: plan.code, token: undefined });
    for (let room = meetings.length; room < plan.rooms && !signal.aborted; room += 1) {
      meetings.push(await rest.createMeeting(`Load test ${room + 1}`));
    }
    return await load.carryOut(meetings);
  } finally {
    await load.leave();
    for (const meeting of meetings) {
      await rest
        .archive(meeting)
        .catch((error: Error) => options.warn(`Meeting ${meeting.code} could not be archived (${error.message}).`));
    }
  }
}

class Load {
  private readonly figures = new RunFigures();
  private readonly people: Participant[] = [];
  private readonly joining = new Set<Promise<void>>();
  private readonly tester = new TesterLoad();
  private readonly id = randomInt(1, 2 ** 32);
  private readonly began = performance.now();
  private bytesBefore = 0;
  private shownAt = this.began;
  private timers: NodeJS.Timeout[] = [];

  constructor(private readonly options: RunOptions) {}

  async carryOut(meetings: Meeting[]): Promise<Report> {
    const { plan, signal } = this.options;
    this.timers = [setInterval(() => this.tick(), TICK), setInterval(() => this.show(), PROGRESS_INTERVAL)];
    const before = await readServers(plan);
    const readAt = performance.now();
    await this.joinAll(meetings);
    await ended(Promise.all(this.joining), signal);
    await this.lasting(plan.minutes * 60_000, signal);
    const seconds = (performance.now() - readAt) / 1000;
    const after = await readServers(plan);
    for (const { sender } of this.people) sender?.stop();
    // Packets and repairs under way still count.
    if (this.figures.present > 0) await pause(UNDER_WAY);
    return this.report(before, after, seconds);
  }

  async leave(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.people.map((person) => person.leave()));
    await Promise.all(this.joining);
  }

  /** Joins begin at their time, whether earlier ones are done or not. */
  private async joinAll(meetings: Meeting[]): Promise<void> {
    const { plan, signal } = this.options;
    const began = performance.now();
    for (let number = 0; number < participantsOf(plan); number += 1) {
      const wait = began + (number * 1000) / plan.joinRate - performance.now();
      if (wait > 0) await pause(wait, signal);
      if (signal.aborted) return;
      const person = this.person(number, meetings);
      this.people.push(person);
      const join = person.join();
      this.joining.add(join);
      void join.finally(() => this.joining.delete(join));
    }
  }

  /** Publishers come first; the rooms fill in turn. */
  private person(number: number, meetings: Meeting[]): Participant {
    const { plan, rest } = this.options;
    const { code } = meetings[number % meetings.length]!;
    const isPublisher = number < plan.publishers * plan.rooms;
    const sending = { run: this.id, index: number, videos: plan.videos, sound: plan.sound };
    const options = {
      rest,
      code,
      name: `${isPublisher ? 'Publisher' : 'Subscriber'} ${number + 1}`,
      run: this.id,
      ...(isPublisher && { sending }),
      ...((!isPublisher || plan.meeting) && { receiving: { layout: plan.layout } }),
    };
    return new Participant(options, this.figures);
  }

  /** Until the time is over, the run is ended, or nobody is in the call any more. */
  private async lasting(milliseconds: number, signal: AbortSignal): Promise<void> {
    const end = performance.now() + milliseconds;
    while (performance.now() < end && !signal.aborted) {
      await pause(Math.min(PROGRESS_INTERVAL, end - performance.now()), signal);
      if (this.figures.present === 0) return;
    }
  }

  private tick(): void {
    const now = performance.now();
    for (const person of this.people) person.tick(now);
  }

  private show(): void {
    const now = performance.now();
    const receptions = this.receptions();
    const bytes = receptions.reduce((sum, one) => sum + one.bytes, 0);
    const { figures } = this;
    const { audio, video } = expectedStreams(this.options.plan);
    this.options.progress({
      seconds: (now - this.began) / 1000,
      begun: figures.joins.begun,
      present: figures.present,
      failed: figures.joins.failureCount,
      lost: [...figures.losses.values()].reduce((sum, count) => sum + count, 0),
      streams: { received: receptions.filter(({ packets }) => packets > 0).length, expected: audio + video },
      bitsPerSecond: ((bytes - this.bytesBefore) * 8000) / (now - this.shownAt),
      delay: percentiles(figures.recent),
      testerCores: this.tester.sample(),
    });
    figures.recent.clear();
    this.bytesBefore = bytes;
    this.shownAt = now;
  }

  private report(before: ServerReading[], after: ServerReading[], seconds: number): Report {
    const { figures } = this;
    for (const person of this.people) person.finish();
    const lanes = this.people.flatMap(({ receiver }) => [...(receiver?.lanes.values() ?? [])]);
    const senders = this.people.flatMap(({ sender }) => sender ?? []);
    const streams = senders.flatMap((sender) => sender.streams);
    return reportOf({
      seconds,
      participants: this.people.length,
      figures,
      receptions: lanes.flatMap((lane) => lane.receptions),
      receivers: this.people.filter(({ receiver }) => receiver).length,
      expected: expectedStreams(this.options.plan),
      sent: {
        packets: streams.reduce((sum, { sent }) => sum + sent, 0),
        resent: streams.reduce((sum, { resent }) => sum + resent, 0),
        lost: senders.reduce((sum, { lost }) => sum + lost, 0),
      },
      servers: loadBetween(before, after, seconds),
      tester: { ...this.tester.total(), dropped: lanes.reduce((sum, { dropped }) => sum + dropped, 0) },
    });
  }

  private receptions() {
    return this.people.flatMap(({ receiver }) =>
      [...(receiver?.lanes.values() ?? [])].flatMap((lane) => lane.receptions),
    );
  }
}

function percentiles(delays: Delays) {
  return { p50: delays.percentile(0.5), p99: delays.percentile(0.99) };
}

/** Resolves with the promise, or early with the signal. */
function ended(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    promise.then(() => resolve(), reject);
  });
}

/** Ends early with the signal. */
function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, milliseconds));
    signal?.addEventListener('abort', done, { once: true });
    if (signal?.aborted) done();
  });
}

/** Milliseconds. */
const TICK = 20;
const PROGRESS_INTERVAL = 1_000;
/** For packets under way, and for the repair of the last ones. */
const UNDER_WAY = 700;
