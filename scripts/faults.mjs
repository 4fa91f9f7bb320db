// `npm run faults`: injects the faults of docs/faults.md into a running cluster, and checks that
// the promises to users hold.
import { main } from '../e2e/faults/main.ts';
import { build } from './build.mjs';
import { balancer, chromium, ensureTools, networks, redis } from './tools.mjs';

if (!ensureTools([...redis, ...balancer, ...networks, ...chromium]) || (process.env.SKIP_BUILD !== '1' && !build()))
  process.exit(2);
process.exit(await main(process.argv.slice(2)));
