import { EXIT_FAILED, EXIT_SETTINGS, end } from '../failure.js';
import { readSettings, type Settings } from '../settings.js';
import { examineCertificate } from './certificate.js';
import { type Finding, fail, ok, reasonOf } from './finding.js';
import { examineFromOutside, type OutsideExamination } from './from-outside.js';
import { examineMachine } from './machine.js';
import { examinePorts } from './ports.js';
import { reportOf } from './report.js';
import { examineServices } from './services.js';

/**
 * Prints what is right and wrong on this machine. Exits with 1 when something prevents the start.
 */
export async function doctor(words: string[]): Promise<void> {
  if (words.some((word) => !OPTIONS.has(word))) {
    return end(EXIT_SETTINGS, 'Usage: waterbus doctor [--from-outside] [--json]');
  }
  const json = words.includes('--json');
  const outside = words.includes('--from-outside');
  const { findings, result }: OutsideExamination = outside
    ? await examineOutside(process.env)
    : { findings: await examine(process.env) };
  const report = reportOf(findings, result);
  const lines = json ? [JSON.stringify(report, null, 2)] : findings.map(lineOf);
  // The exit waits for the pipe that reads standard output.
  process.stdout.write(`${lines.join('\n')}\n`, () => process.exit(report.ok ? 0 : EXIT_FAILED));
}

export async function examine(environment: Record<string, string | undefined>): Promise<Finding[]> {
  const result = readSettings(environment, partsOf(environment));
  if ('problems' in result) return problemsOf(result.problems);
  const findings = [ok('settings', 'every setting is valid')];
  for (const [part, examination] of examinations) {
    findings.push(...(await examination(result.settings).catch((error) => [failed(part, error)])));
  }
  return findings;
}

/** The link is for the person at the terminal, also where a program reads the findings. */
async function examineOutside(environment: NodeJS.ProcessEnv): Promise<OutsideExamination> {
  const result = readSettings(environment, partsOf(environment));
  if ('problems' in result) return { findings: problemsOf(result.problems) };
  return examineFromOutside(result.settings, environment, (line) => console.error(line));
}

function problemsOf(problems: readonly string[]): Finding[] {
  return problems.map((problem) => fail('settings', problem, 'docs/operations.md lists all settings'));
}

const examinations: [string, (settings: Settings) => Promise<Finding[]>][] = [
  ['ports', (settings) => examinePorts(settings)],
  ['certificate', (settings) => examineCertificate(settings)],
  ['services', (settings) => examineServices(settings)],
  ['machine', (settings) => examineMachine(settings)],
];

/** A Server WS of a cluster has no database. */
function partsOf({ REDIS_URL, DATABASE_URL }: Record<string, string | undefined>): ('api' | 'ws')[] {
  return REDIS_URL && !DATABASE_URL ? ['ws'] : ['api', 'ws'];
}

function failed(part: string, error: unknown): Finding {
  return fail(part, `the examination failed: ${reasonOf(error)}`, 'report this with the output of --json');
}

function lineOf({ part, state, message, remedy }: Finding): string {
  const line = `${state.padEnd(5)} ${part.padEnd(12)} ${message}`;
  return remedy ? `${line}\n${' '.repeat(19)}→ ${remedy}` : line;
}

const OPTIONS = new Set(['--json', '--from-outside']);
