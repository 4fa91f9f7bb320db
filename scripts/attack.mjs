// `npm run attack`: abuses a running server in the ways that docs/security.md lists, and checks what its neighbours notice.
import { main } from '../e2e/attack/main.ts';
import { build } from './build.mjs';

if (process.env.SKIP_BUILD !== '1' && !build()) process.exit(2);
process.exit(await main(process.argv.slice(2)));
