// Reads the reports of the test runners: the counts of passed, failed and skipped tests, and each
// failure with its reason.
import { readFileSync } from 'node:fs';
import path from 'node:path';

export function vitestResults(folder, name) {
  const report = read(folder, name);
  if (!report) return nothing();
  const failures = report.testResults.flatMap(({ name, message, assertionResults }) => [
    ...(message ? [described(name, message)] : []),
    ...assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => described(`${name}: ${fullName}`, failureMessages.join('\n'))),
  ]);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

export function playwrightResults(folder, name) {
  const report = read(folder, name);
  if (!report) return nothing();
  const { expected, unexpected, flaky, skipped } = report.stats;
  const failures = specsOf(report).flatMap(({ file, title, tests }) =>
    tests
      .filter(({ status }) => status !== 'expected' && status !== 'skipped')
      .map(({ projectName, results }) =>
        described(`[${projectName}] ${file}: ${title}`, results.flatMap(({ errors }) => errors.map(textOf)).join('\n')),
      ),
  );
  // Errors outside any test, such as a server that did not end cleanly after the last one.
  const besides = report.errors.map((error) => described('browsers, outside any test', textOf(error)));
  return { passed: expected, failed: unexpected + flaky, skipped, failures: [...failures, ...besides] };
}

/**
 * Each run of a scenario is a test; each exceeded limit over all runs is a failed test. `ran`: for
 * the summary.
 */
export function faultResults(folder) {
  const report = read(folder, 'faults.json');
  if (!report) return nothing();
  const runs = report.scenarios.flatMap((scenario) => scenario.runs.map((run) => ({ ...run, name: scenario.name })));
  const passed = runs.filter(({ outcome }) => outcome === 'passed').length;
  const failures = runs
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ name, run, error, broken }) =>
      described(`${name} ${run}`, [error ?? '', ...broken.map(({ rule, what }) => `${rule}: ${what}`)].join('\n')),
    );
  const exceeded = report.scenarios.flatMap(({ name, summary }) =>
    summary.flatMap(({ figure, limits }) =>
      limits
        .filter(({ kept }) => !kept)
        .map(({ value, atMost, rule }) => `${name}: ${figure}: ${value ?? 'never'}, at most ${atMost} (${rule})`),
    ),
  );
  return {
    ran: `seed ${report.seed}: ${report.scenarios.map((scenario) => `${scenario.name} ${scenario.runs.length} times`).join(', ')}`,
    passed,
    failed: runs.length - passed + exceeded.length,
    skipped: 0,
    failures: [...failures, ...exceeded],
  };
}

/**
 * Each attack is a test. It fails when a promise to neighbours is broken, or when the attack could
 * not run.
 */
export function attackResults(folder) {
  const report = read(folder, 'attacks.json');
  if (!report) return nothing();
  const failures = report.outcomes
    .filter(({ broken }) => broken.length > 0)
    .map(({ name, broken }) => described(`attack ${name}`, broken.join('\n')));
  const passed = report.outcomes.length - failures.length;
  return { passed, failed: failures.length + report.failed, skipped: 0, failures };
}

function specsOf({ suites = [], specs = [] }) {
  return [...specs, ...suites.flatMap(specsOf)];
}

function textOf({ message, value, stack }) {
  return stack ?? message ?? value ?? '';
}

function described(what, why) {
  const reason = why.trim();
  if (reason.length <= BEGIN + END) return `${what}\n${reason}`;
  return `${what}\n${reason.slice(0, BEGIN)}\n[...]\n${reason.slice(-END)}`;
}

function nothing() {
  return { passed: 0, failed: 1, skipped: 0, failures: [] };
}

function read(folder, name) {
  try {
    return JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
  } catch {
    console.error(`${name} was not written: the runner did not finish.`);
    return undefined;
  }
}

/** Characters of a reason that are shown. The end of a server's log is the most useful part. */
const BEGIN = 1000;
const END = 4000;
