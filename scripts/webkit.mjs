// `npm run test:webkit`: plays the app outside of a call in WebKitGTK.
import { build } from './build.mjs';
import { step } from './steps.mjs';
import { ensureTools, webkit } from './tools.mjs';

const ok = ensureTools(webkit) && build() && step('WebKitGTK', ['tsx', '--conditions=source', 'e2e/webkit/main.ts']);
process.exit(ok ? 0 : 1);
