import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { KEPT_LOOKS, LOOKS, shoot } from './looks.js';
import { playTour } from './play-tour.js';
import { PARTS } from './tour.js';

// Pictures of all screens, in a system that the command starts itself.

const { values } = parseArgs({
  options: {
    /** Beginnings of screens' names, separated by commas. */
    only: { type: 'string', default: '' },
    /** Every look; without it those that the repository keeps. */
    all: { type: 'boolean', default: false },
    /** Parts of the tour, separated by commas. */
    parts: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run screenshots -- [options]

  --all         every look: ${LOOKS.map(({ name }) => name).join(', ')}
                (without it ${KEPT_LOOKS.join(' and ')})
  --only NAMES  screens, or how their names begin, separated by commas
  --parts NAMES ${PARTS.join(', ')}; all without it
  --out FOLDER  the folder of the pictures (docs/screenshots; with --all .test-output/screenshots)`);
  process.exit(0);
}
const folder = path.resolve(values.out ?? (values.all ? '.test-output/screenshots' : 'docs/screenshots'));
const looks = LOOKS.filter(({ name }) => values.all || KEPT_LOOKS.includes(name));
await mkdir(folder, { recursive: true });
// Pictures of screens that are no more.
if (values.only === '' && !values.parts)
  for (const name of await readdir(folder)) if (name.endsWith('.webp')) await rm(path.join(folder, name));

let count = 0;
await playTour(values, async ({ name, page, whole = false }) => {
  for (const look of looks) {
    await shoot(page, look, path.join(folder, `${name}.${look.name}.webp`), whole);
    count += 1;
  }
});
console.log(`${count} pictures in ${path.relative(process.cwd(), folder)}`);
