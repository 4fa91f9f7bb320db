// `npm start`: builds what is out of date, then runs the whole system in this process.
import { build } from './build.mjs';

if (!build()) process.exit(1);
process.argv.splice(2, process.argv.length, 'start', ...process.argv.slice(2));
await import('../apps/waterbus/dist/main.js');
