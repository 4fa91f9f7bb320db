// `npm run faults`: hurts a running cluster in the ways that docs/faults.md lists, and checks that people keep what they were promised.
import { main } from '../e2e/faults/main.ts';
import { build } from './build.mjs';
import { balancer, chromium, ensureTools, networks, redis } from './tools.mjs';

if (!ensureTools([...redis, ...balancer, ...networks, ...chromium]) || (process.env.SKIP_BUILD !== '1' && !build()))
  process.exit(2);
process.exit(await main(process.argv.slice(2)));
