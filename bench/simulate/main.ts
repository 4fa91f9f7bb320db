// `npm run simulate`: the real placement and the real relief on a model of a large cluster. Exits
// with 1 on a broken promise.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { plot } from './plot.js';
import { promises } from './promises.js';
import { printResult } from './report.js';
import { DURATION, QUIET_UNTIL, runScenario } from './scenario.js';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000' },
    participants: { type: 'string', default: '1000000' },
    servers: { type: 'string' },
    seed: { type: 'string', default: '1' },
    svg: { type: 'string', default: 'simulate.svg' },
    json: { type: 'string' },
  },
});
const nodes = Number(values.nodes);
// A Server WS with its twenty media workers is a large machine.
const servers = Number(values.servers ?? Math.max(2, Math.round(nodes / 20)));
const settings = { nodes, participants: Number(values.participants), servers, seed: Number(values.seed) };
if (Object.values(settings).some((value) => !(value >= 1))) {
  console.error('--nodes, --participants, --servers and --seed take whole numbers of at least 1');
  process.exit(2);
}

const begun = performance.now();
const progress = (line: string) => console.log(`  ${line}`);
console.log(
  `${nodes} media nodes, ${settings.participants.toLocaleString('en')} participants, ${servers} Server WS, seed ${settings.seed}`,
);
const { result, placementTimes } = await runScenario(
  { ...settings, duration: DURATION, strategy: 'waterbus' },
  progress,
);
console.log('the same calls with least-loaded placement, up to the quiet phase');
const { result: naive } = await runScenario({ ...settings, duration: QUIET_UNTIL, strategy: 'least-loaded' }, progress);

placementTimes.sort((a, b) => a - b);
// Without the slowest 1 %, which include other work of the machine.
const usual = placementTimes.slice(0, Math.ceil(placementTimes.length * 0.99));
const mean = (1000 * usual.reduce((sum, time) => sum + time, 0)) / usual.length;
printResult(result, naive, { mean, p99: 1000 * usual.at(-1)! });
const promised = promises(result, naive, mean);
console.log('\npromises');
for (const { what, measured, kept } of promised) console.log(`  ${kept ? 'kept  ' : 'BROKEN'} ${what}: ${measured}`);
writeFileSync(values.svg, plot(result, naive));
if (values.json) writeFileSync(values.json, `${JSON.stringify({ result, naive, promises: promised }, undefined, 1)}\n`);
console.log(`\n${values.svg} written, ${((performance.now() - begun) / 1000).toFixed(0)} s`);
process.exit(promised.every(({ kept }) => kept) ? 0 : 1);
