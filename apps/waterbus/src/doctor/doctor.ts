import { EXIT_FAILED, EXIT_SETTINGS, end } from '../failure.js';
import { readSettings, type Settings } from '../settings.js';
import { examineCertificate } from './certificate.js';
import { type Finding, fail, ok, reasonOf } from './finding.js';
import { examineMachine } from './machine.js';
import { examinePorts } from './ports.js';
import { examineServices } from './services.js';

/**
 * Prints what is right and wrong on this machine. Exits with 1 when something prevents the start.
 */
export async function doctor(words: string[]): Promise<void> {
  const json = words.includes('--json');
  if (words.some((word) => word !== '--json')) return end(EXIT_SETTINGS, 'Usage: waterbus doctor [--json]');
  const findings = await examine(process.env);
  const healthy = findings.every(({ state }) => state !== 'fail');
  const lines = json ? [JSON.stringify({ ok: healthy, findings }, null, 2)] : findings.map(lineOf);
  // The exit waits for the pipe that reads standard output.
  process.stdout.write(`${lines.join('\n')}\n`, () => process.exit(healthy ? 0 : EXIT_FAILED));
}

export async function examine(environment: Record<string, string | undefined>): Promise<Finding[]> {
  const result = readSettings(environment, partsOf(environment));
  if ('problems' in result) {
    return result.problems.map((problem) => fail('settings', problem, 'docs/operations.md lists all settings'));
  }
  const findings = [ok('settings', 'every setting is valid')];
  for (const [part, examination] of examinations) {
    findings.push(...(await examination(result.settings).catch((error) => [failed(part, error)])));
  }
  return findings;
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
