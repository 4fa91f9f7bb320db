// `npm run attack`: abuses a running server with the attacks of docs/security.md, and checks the
// effects on its neighbours.
import { main } from '../e2e/attack/main.ts';
import { build } from './build.mjs';

if (process.env.SKIP_BUILD !== '1' && !build()) process.exit(2);
process.exit(await main(process.argv.slice(2)));
