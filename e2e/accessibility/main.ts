import { parseArgs } from 'node:util';
import { LOOKS } from '../screenshots/looks.js';
import { playTour } from '../screenshots/play-tour.js';
import { faultsOf } from './faults-of-screen.js';

// WCAG 2.2 AA on all screens, in each look, as far as programs can find it.

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, parts: { type: 'string' } } });
let [screens, faults] = [0, 0];
await playTour(values, async ({ name, page }) => {
  screens += 1;
  for (const fault of await faultsOf(page, LOOKS)) {
    faults += 1;
    console.log(`  ${name}: ${fault}`);
  }
});
console.log(`${screens} screens, ${faults} faults`);
if (faults > 0) process.exitCode = 1;
