// `npm run kubernetes`: plays rolling updates, drained nodes, scaling and killed pods of the Helm
// chart with processes on this machine, while people in browsers are in a call.
import { main } from '../e2e/kubernetes/main.ts';
import { build } from './build.mjs';
import { archives, chromium, ensureTools, redis } from './tools.mjs';

if (!ensureTools([...redis, ...archives, ...chromium]) || (process.env.SKIP_BUILD !== '1' && !build())) process.exit(2);
process.exit(await main(process.argv.slice(2)));
