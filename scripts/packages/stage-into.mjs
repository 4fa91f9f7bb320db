// `node scripts/packages/stage-into.mjs FOLDER NAME…`: the named packages as they are published, in
// FOLDER/node_modules, for tests of their users. They must be built.
import path from 'node:path';
import { publishable, stage } from './stage.mjs';

const [folder, ...names] = process.argv.slice(2);
const faults = publishable()
  .filter(({ own }) => names.includes(own.name))
  .flatMap((workspace) => stage(workspace, path.join(folder, 'node_modules', workspace.own.name)));
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
