import { readFile } from 'node:fs/promises';
import { remedyOf } from './figures/remedies.js';
import { tableOf } from './figures/table.js';
import { type Plan, readPlan, summaryOf, USAGE } from './plan.js';
import { type Progress, run } from './run.js';
import { failureOf } from './signalling/failure.js';
import { Rest } from './signalling/rest.js';

/** Where a run writes, and what ends it. */
export interface Terminal {
  /** The figures. */
  out(text: string): void;
  /** Everything else. */
  err(text: string): void;
  /** Whether `err` is a terminal, whose last line may be replaced. */
  isTerminal: boolean;
  signal: AbortSignal;
}

/**
 * `waterbus load`. Answers the exit code: 0; 1 when a participant failed or lost its connection, or
 * the run could not begin; 2 for a wrong command line.
 */
export async function load(words: string[], terminal: Terminal): Promise<number> {
  if (words.some((word) => HELP.has(word))) {
    terminal.out(`${USAGE}\n`);
    return 0;
  }
  const plan = readPlan(words);
  if ('refusal' in plan) {
    terminal.err(`${plan.refusal}\n\`waterbus load --help\` lists the options.\n`);
    return WRONG;
  }
  const key = await keyOf(plan);
  if (typeof key === 'object') {
    terminal.err(`${key.refusal}\n`);
    return WRONG;
  }
  for (const line of summaryOf(plan)) terminal.err(`${line}\n`);
  return carryOut(plan, new Rest(plan.url, key), terminal);
}

async function carryOut(plan: Plan, rest: Rest, terminal: Terminal): Promise<number> {
  const lines = new Lines(terminal);
  try {
    const report = await run({
      plan,
      rest,
      signal: terminal.signal,
      progress: (state) => lines.show(state),
      warn: (sentence) => lines.warn(sentence),
    });
    lines.end();
    terminal.out(`${plan.json ? JSON.stringify(report, null, 2) : tableOf(report).join('\n')}\n`);
    const { joins, losses } = report;
    return joins.succeeded === joins.begun && Object.keys(losses).length === 0 ? 0 : FAILED;
  } catch (error) {
    lines.end();
    const { code, detail } = failureOf(error);
    terminal.err(`The run could not begin: ${code}${detail ? ` (${detail})` : ''}\n`);
    for (const remedy of remedyOf(code)) terminal.err(`→ ${remedy}\n`);
    return FAILED;
  }
}

/** The key of the file; undefined without one. */
async function keyOf({ apiKeyFile }: Plan): Promise<string | undefined | { refusal: string }> {
  if (apiKeyFile === undefined) return undefined;
  try {
    const key = (await readFile(apiKeyFile, 'utf8')).trim();
    if (/^wbk_\S+$/.test(key)) return key;
    return { refusal: `${apiKeyFile} holds no API key: one line that begins with wbk_.` };
  } catch (error) {
    return { refusal: `The file of --api-key-file cannot be read: ${(error as Error).message}` };
  }
}

/** The line that shows the state: replaced on a terminal, else a new one each few seconds. */
class Lines {
  private count = 0;

  constructor(private readonly terminal: Terminal) {}

  show({ seconds, begun, present, failed, lost, streams, bitsPerSecond, delay, testerCores }: Progress): void {
    const line =
      `${clock(seconds)}  joined ${begun}, in the call ${present}, failed ${failed}, lost ${lost}; ` +
      `streams ${streams.received} of ${streams.expected}, ${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s, delay ${delay.p50.toFixed(1)} ms ` +
      `(p99 ${delay.p99.toFixed(1)}); tester ${testerCores.toFixed(2)} cores`;
    this.count += 1;
    if (this.terminal.isTerminal) this.terminal.err(`\r${line}\u001b[K`);
    else if (this.count % EACH === 1) this.terminal.err(`${line}\n`);
  }

  warn(sentence: string): void {
    this.end();
    this.terminal.err(`${sentence}\n`);
  }

  end(): void {
    if (this.terminal.isTerminal && this.count > 0) this.terminal.err('\n');
    this.count = 0;
  }
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
}

const HELP = new Set(['--help', '-h', 'help']);
const FAILED = 1;
const WRONG = 2;
/** Lines in a log are fewer than on a terminal: one each five seconds. */
const EACH = 5;
