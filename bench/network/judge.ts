import type { Aim, Case, FigureName, Figures } from './cases/case.js';
import {
  freezes,
  frozenShare,
  linkFigures,
  picturesPerSecond,
  type Stretch,
  secondsUntilFluid,
  secondsUntilHeight,
  usualHeight,
} from './figures.js';
import type { Pictures } from './page/pictures.js';
import type { Sample } from './page/samples.js';
import type { Recording } from './run-case.js';

export interface Verdict {
  aim: Aim;
  reached: number | undefined;
  kept: boolean;
}

/** Figures of a case after its first ten seconds, each at its worst over viewers and streams. */
export function figuresOf(test: Case, recording: Recording): Figures {
  const stretch = { from: recording.begun + SETTLING, to: recording.ended };
  const streams = streamsOf(test, recording);
  const link = linkFigures(recording.links[test.bottleneck]!, stretch);
  const samples = Object.values(recording.seen).map((seen) => seen.samples);
  return {
    pictures: least(streams.map((stream) => picturesPerSecond(stream.pictures, visible(test, stream, recording)))),
    frozen: most(streams.map((stream) => frozenOf(test, stream, recording))),
    height: least(streams.map(({ pictures }) => usualHeight(pictures, stretch))),
    queueP50: link.queue.p50,
    queueP95: link.queue.p95,
    utilisation: link.utilisation,
    offered: link.offered / 1e6,
    concealed: most(samples.map((some) => concealedShare(some, stretch))),
    retransmitted: retransmittedShare(test, recording),
    ...recovery(test, recording, streams),
    frozenSwitches: streams
      .flatMap(({ pictures }) => freezes(pictures, stretch))
      .filter(({ from, to, switched }) => switched && to - from > 500).length,
    unfairness: unfairness(test, recording),
  };
}

export function verdicts(test: Case, figures: Figures): Verdict[] {
  return test.aims.map((aim) => {
    const reached = figures[aim.figure];
    const kept = reached !== undefined && ('atMost' in aim ? reached <= aim.atMost : reached >= aim.atLeast);
    return { aim, reached, kept };
  });
}

interface Stream {
  viewer: string;
  pictures: Pictures;
  shown: string;
}

/** Every camera for every viewer, including those without any picture. */
function streamsOf(test: Case, { seen }: Recording): Stream[] {
  const cameras = test.people.filter(({ camera }) => camera);
  return test.viewers.flatMap((viewer) =>
    cameras
      .filter(({ name }) => name !== viewer)
      .map(({ name }) => ({ viewer, shown: name, pictures: seen[viewer]?.pictures[name] ?? { at: [], height: [] } })),
  );
}

/**
 * The time in which a viewer should see a stream: from ten seconds after the begin, or after a
 * later join.
 */
function visible(test: Case, { viewer }: Stream, { begun, ended }: Recording): Stretch {
  const from = test.people.find(({ name }) => name === viewer)?.from ?? 0;
  return { from: begun + from * 1000 + SETTLING, to: ended };
}

/**
 * The frozen share, without the time of a switched-off camera and the two seconds of its return.
 */
function frozenOf(test: Case, stream: Stream, recording: Recording): number {
  const whole = visible(test, stream, recording);
  const pauses = (test.pauses ?? []).filter(({ who }) => who === stream.shown);
  const edges = pauses.map(({ at, paused }) => recording.begun + at * 1000 + (paused ? 0 : RESUMING));
  const bounds = [whole.from, ...edges, whole.to];
  const stretches: Stretch[] = [];
  for (let index = 0; index + 1 < bounds.length; index += 2) {
    stretches.push({ from: bounds[index]!, to: bounds[index + 1]! });
  }
  const frozen = stretches.reduce((sum, part) => sum + frozenShare(stream.pictures, part) * (part.to - part.from), 0);
  return frozen / stretches.reduce((sum, { from, to }) => sum + to - from, 0);
}

function recovery(test: Case, { begun, ended }: Recording, streams: Stream[]): Pick<Figures, 'fluid' | 'fullQuality'> {
  const after = (kind: 'drop' | 'rise', seconds: (pictures: Pictures, stretch: Stretch) => number) => {
    const steps = (test.steps ?? []).filter((step) => step.kind === kind);
    const taken = steps.flatMap(({ at }) => {
      const next = test.steps?.find((step) => step.at > at)?.at;
      const stretch = { from: begun + at * 1000, to: next === undefined ? ended : begun + next * 1000 };
      return streams.map(({ pictures }) => seconds(pictures, stretch));
    });
    return taken.length === 0 ? undefined : most(taken);
  };
  const firstStep = test.steps?.[0]?.at ?? 0;
  return {
    fluid: after('drop', secondsUntilFluid),
    fullQuality: after('rise', (pictures, stretch) => {
      const before = usualHeight(pictures, { from: begun + (firstStep - 5) * 1000, to: begun + firstStep * 1000 });
      return secondsUntilHeight(pictures, stretch, Math.max(1, before));
    }),
  };
}

/** Share of concealed samples in a viewer's sound, over all streams. */
function concealedShare(samples: Sample[], { from, to }: Stretch): number {
  const within = samples.filter(({ at }) => at >= from && at <= to);
  const [first, last] = [within[0], within.at(-1)];
  if (!first || !last) return 1;
  let [concealed, total] = [0, 0];
  for (const [name, end] of Object.entries(last.received)) {
    if (!name.endsWith('microphone')) continue;
    const begin = first.received[name] ?? {};
    concealed += (end.concealedSamples ?? 0) - (begin.concealedSamples ?? 0);
    total += (end.totalSamplesReceived ?? 0) - (begin.totalSamplesReceived ?? 0);
  }
  // No sound arrived.
  return total === 0 ? 1 : concealed / total;
}

/** From the traffic into the bottleneck, or from the statistics of the sending browsers. */
function retransmittedShare(test: Case, { links, seen, sent }: Recording): number {
  if (test.sender === 'browser') {
    const last = Object.values(sent).flatMap(({ samples }) => Object.values(samples.at(-1)?.sent ?? {}));
    const sum = (name: string) => last.reduce((total, entry) => total + Number(entry[name] ?? 0), 0);
    return sum('retransmittedBytesSent') / Math.max(1, sum('bytesSent'));
  }
  const { streams } = links[test.bottleneck]!;
  const repairs = new Set(
    Object.values(seen).flatMap(({ samples }) =>
      samples.flatMap(({ received }) => Object.values(received).map(({ rtxSsrc }) => rtxSsrc)),
    ),
  );
  let [repaired, total] = [0, 0];
  for (const [ssrc, { offered }] of Object.entries(streams)) {
    total += offered;
    if (repairs.has(Number(ssrc))) repaired += offered;
  }
  return repaired / Math.max(1, total);
}

/** Compares the viewers in the time in which all of them were present. */
function unfairness(test: Case, { seen, begun, ended }: Recording): number | undefined {
  if (test.viewers.length < 2) return undefined;
  const last = Math.max(...test.people.map(({ from = 0 }) => from));
  const stretch = { from: begun + last * 1000 + SETTLING, to: ended };
  const bytes = test.viewers.map((viewer) => {
    const within = seen[viewer]?.samples.filter(({ at }) => at >= stretch.from && at <= stretch.to) ?? [];
    const sum = (sample: Sample | undefined) =>
      Object.values(sample?.received ?? {}).reduce((total, { bytesReceived = 0 }) => total + bytesReceived, 0);
    return sum(within.at(-1)) - sum(within[0]);
  });
  return Math.max(...bytes) / Math.max(1, Math.min(...bytes));
}

function most(values: number[]): number {
  return Math.max(...values);
}

function least(values: number[]): number {
  return Math.min(...values);
}

/** Formats a figure for the report. */
export function printed(figure: FigureName, value: number | undefined): string {
  if (value === undefined) return '';
  if (!Number.isFinite(value)) return 'never';
  switch (figure) {
    case 'frozen':
    case 'utilisation':
    case 'concealed':
    case 'retransmitted':
      return `${(value * 100).toFixed(1)} %`;
    case 'queueP50':
    case 'queueP95':
    case 'height':
    case 'frozenSwitches':
      return value.toFixed(0);
    case 'pictures':
    case 'fluid':
    case 'fullQuality':
    case 'offered':
    case 'unfairness':
      return value.toFixed(1);
  }
}

/** Milliseconds in which a call finds the rate of its line. */
const SETTLING = 10_000;

/** Milliseconds for the return of a switched-off camera. */
const RESUMING = 2000;
