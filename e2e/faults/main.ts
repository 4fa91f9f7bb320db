import { type Options, readOptions, usage } from './options.js';
import { Report } from './report.js';
import { loadScenario } from './scenarios/index.js';
import { Supervisor } from './supervisor.js';

/**
 * `npm run faults`. Exit codes: 0 all rules kept, 1 a rule broken or a limit exceeded, 2 a scenario
 * could not run, 130 ended by a signal.
 */
export async function main(words: string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(words);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    return 2;
  }
  console.log(`seed ${options.seed}${options.short ? ', short' : ''}`);
  const report = new Report(options);
  const supervisor = new Supervisor(options, report);
  const interrupted = new Promise<number>((resolve) => {
    const stop = () => void supervisor.stop().finally(() => resolve(130));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  });
  return Promise.race([interrupted, carryOut()]);

  async function carryOut(): Promise<number> {
    try {
      const scenarios = [];
      for (const name of options.names) scenarios.push(await loadScenario(name));
      await supervisor.run(scenarios);
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      await supervisor.stop();
      return 2;
    }
    return report.close();
  }
}
