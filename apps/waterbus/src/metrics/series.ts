import type { Distribution, LabelledDistribution } from '@waterbus/telemetry';

/** One metric of Prometheus, read from the figures of a part of the process. */
export interface Series<F> {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: readonly string[];
  read(figures: F): readonly Sample[];
}

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number | Distribution;
}

/** Figures that are not there give no sample. */
type Value = number | boolean | undefined;

export function gauge<F>(name: string, help: string, read: (figures: F) => Value): Series<F> {
  return { name, type: 'gauge', help, labels: [], read: (figures) => samplesOf({}, read(figures)) };
}

export function counter<F>(name: string, help: string, read: (figures: F) => Value): Series<F> {
  return { name, type: 'counter', help, labels: [], read: (figures) => samplesOf({}, read(figures)) };
}

/** One sample for each entry of a record, whose name is the value of the label. */
export function countersBy<F>(
  name: string,
  label: string,
  help: string,
  read: (figures: F) => Readonly<Record<string, number | undefined>>,
): Series<F> {
  return { name, type: 'counter', help, labels: [label], read: (figures) => byLabel(label, read(figures)) };
}

export function gaugesBy<F>(
  name: string,
  label: string,
  help: string,
  read: (figures: F) => Readonly<Record<string, number | undefined>>,
): Series<F> {
  return { ...countersBy(name, label, help, read), type: 'gauge' };
}

export function histograms<F, L extends string>(
  name: string,
  labels: readonly L[],
  help: string,
  read: (figures: F) => readonly LabelledDistribution<L>[],
): Series<F> {
  const samples = (figures: F) => read(figures).map(({ labels, distribution }) => ({ labels, value: distribution }));
  return { name, type: 'histogram', help, labels, read: samples };
}

export function histogram<F>(name: string, help: string, read: (figures: F) => Distribution | undefined): Series<F> {
  const samples = (figures: F) => {
    const value = read(figures);
    return value ? [{ labels: {}, value }] : [];
  };
  return { name, type: 'histogram', help, labels: [], read: samples };
}

/** The same for each of several objects, with a label that names the object. */
export function each<F, O>(
  label: string,
  objectsOf: (figures: F) => readonly (readonly [name: string, object: O])[],
  series: readonly Series<O>[],
): Series<F>[] {
  return series.map((one) => ({
    ...one,
    labels: [label, ...one.labels],
    read: (figures) =>
      objectsOf(figures).flatMap(([name, object]) =>
        one.read(object).map(({ labels, value }) => ({ labels: { [label]: name, ...labels }, value })),
      ),
  }));
}

function samplesOf(labels: Sample['labels'], value: Value): Sample[] {
  return value === undefined ? [] : [{ labels, value: Number(value) }];
}

function byLabel(label: string, record: Readonly<Record<string, number | undefined>>): Sample[] {
  return Object.entries(record).flatMap(([kind, value]) => samplesOf({ [label]: kind }, value));
}
