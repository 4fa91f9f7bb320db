import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { pause } from '../faults/until.js';
import { startWaterbus, type Waterbus } from '../system/waterbus.js';
import type { Attack } from './attack.js';
import { judge, type Outcome } from './judge.js';
import { Neighbours, type Notice } from './neighbours.js';
import { type Options, readOptions, usage } from './options.js';
import { play } from './play.js';
import type { Target } from './target.js';

/**
 * `npm run attack`. Exit codes: 0 all promises to neighbours kept, 1 one broken, 2 an attack could
 * not run.
 */
export async function main(words: string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(words);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    return 2;
  }
  const outcomes: Outcome[] = [];
  let failed = 0;
  for (const attack of options.attacks) {
    try {
      const outcome = await carryOut(attack, options.short);
      print(outcome);
      outcomes.push(outcome);
    } catch (error) {
      failed += 1;
      console.error(`${attack.name} could not be carried out: ${error instanceof Error ? error.stack : error}`);
    }
  }
  const kept = outcomes.filter(({ broken }) => broken.length === 0).length;
  if (options.json) {
    const hardware = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
    writeFileSync(options.json, `${JSON.stringify({ hardware, short: options.short, failed, outcomes }, null, 2)}\n`);
  }
  console.log(`\nattacks: ${options.attacks.length}, ${kept} kept, ${options.attacks.length - kept} failed`);
  if (failed > 0) return 2;
  return kept === options.attacks.length ? 0 : 1;
}

/** Uses a separate server, so that one attack does not use up the limits of the next. */
async function carryOut(attack: Attack, short: boolean): Promise<Outcome> {
  const waterbus = await startWaterbus('one-process', {
    MEDIA_WORKERS: '1',
    API_KEYS: API_KEYS.join(','),
    PRIVATE_WEBHOOKS: '1',
    // The default limits of a server; other browser tests raise them.
    JOINS_PER_MINUTE: '300',
    CREATES_PER_MINUTE: '60',
    LOG_LEVEL: 'warn',
  });
  let neighbours: Neighbours | undefined;
  let outcome: Outcome | undefined;
  try {
    const calls = await Neighbours.meet(waterbus.url);
    neighbours = calls;
    const target: Target = { url: waterbus.url, apiKeys: API_KEYS, neighbours: calls.code };
    const before = await calls.during(pause(short ? SHORT_BASELINE : BASELINE));
    const processes = await processesOf(waterbus);
    const memory = residentOf(processes);
    const milliseconds = short ? SHORT_ATTACK : ATTACK;
    const order = { name: attack.name, target, short, milliseconds };
    const attacked = play(order, (bytes) => calls.spoof(bytes));
    // Waits for both: a failed attack must not run on beside the next one.
    const [counts, during] = await Promise.all([attacked, calls.during(attacked.catch(() => {}))]);
    const growth = (residentOf(processes) - memory) / 2 ** 20;
    const ended = processes.filter((pid) => residentOf([pid]) === 0);
    const { name, what } = attack;
    const found = { name, what, counts, before, during, growth, ended };
    outcome = { ...found, broken: judge(attack, found) };
  } finally {
    neighbours?.close();
    // A server that the attack has ended, or that cannot stop, is a broken promise, not a failed
    // run.
    const stopped = await waterbus.stop().then(
      () => undefined,
      (error: Error) => error.message.split('\n')[0],
    );
    if (stopped !== undefined) outcome?.broken.push(stopped);
  }
  return outcome;
}

async function processesOf(waterbus: Waterbus): Promise<number[]> {
  return [...waterbus.servers(), ...(await waterbus.mediaWorkers())];
}

/** Bytes, by the kernel's count; 0 for processes that no longer exist. */
function residentOf(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      return sum + 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      return sum;
    }
  }, 0);
}

function print({ name, what, counts, before, during, growth, broken }: Outcome): void {
  const line = (label: string, notice: Notice) =>
    `  ${label.padEnd(8)} p99: media ${shown(notice.mediaDelay)} ms, socket ${shown(notice.signalling)} ms, ` +
    `API ${shown(notice.api)} ms; ${(100 * notice.mediaLoss).toFixed(2)} % lost, ` +
    `${notice.failed} of ${notice.failed + notice.answered} requests failed`;
  console.log(`\n${name}: ${what}`);
  console.log(
    `  ${Object.entries(counts)
      .map(([count, value]) => `${count} ${value}`)
      .join(', ')}`,
  );
  console.log(line('before', before));
  console.log(line('during', during));
  console.log(`  memory   ${growth >= 0 ? '+' : ''}${growth.toFixed(0)} MiB`);
  for (const sentence of broken) console.log(`  BROKEN   ${sentence}`);
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

/** The first is a neighbour's. */
const API_KEYS = ['neighbour', 'attacker1', 'attacker2'].map((name) => `wbk_${name}_${'0123456789abcdef'.repeat(2)}`);

/** Milliseconds. */
const BASELINE = 5_000;
const SHORT_BASELINE = 1_000;
const ATTACK = 20_000;
const SHORT_ATTACK = 3_000;
