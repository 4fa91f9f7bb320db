// `npm run api-reports`: writes the exported declarations of the SDK's packages into
// `packages/*/etc`, from the built `.d.ts` files. The reports are committed: a diff of one shows
// each change of an API to its reviewer.
//   --check  writes nothing, and fails when a report differs from the declarations
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { root, step } from './steps.mjs';

const PACKAGES = ['protocol', 'client', 'react', 'embed', 'server-sdk'];
const SILENT = { default: { logLevel: 'none' } };

const check = process.argv.includes('--check');
if (!check && !step('TypeScript', ['tsc', '-b'])) process.exit(1);
const scratch = mkdtempSync(path.join(tmpdir(), 'waterbus-api-reports-'));
const changed = PACKAGES.map((name) => extract(name)).filter(Boolean);
rmSync(scratch, { recursive: true });
for (const file of changed) console.log(check ? `${file} differs from the exported declarations` : `wrote ${file}`);
if (check && changed.length > 0) {
  console.error('Run `npm run api-reports`, read the diff, and commit it.');
  process.exit(1);
}
console.log(`${PACKAGES.length} API reports, ${changed.length} ${check ? 'out of date' : 'changed'}`);

/** Returns the path of the report if the declarations changed it. */
function extract(name) {
  const folder = path.join(root, 'packages', name);
  const report = path.join('packages', name, 'etc', `${name}.api.md`);
  const before = read(report);
  const reportFolder = check ? path.join(scratch, name) : path.join(folder, 'etc');
  mkdirSync(reportFolder, { recursive: true });
  const { succeeded } = Extractor.invoke(configuration(name, folder, reportFolder), {
    localBuild: true,
    messageCallback: (message) => {
      // The compiler's errors remain: without a type, its report would be wrong.
      message.handled = message.logLevel !== 'error';
    },
  });
  if (!succeeded) throw new Error(`the declarations of packages/${name} do not compile`);
  const after = readFileSync(path.join(reportFolder, `${name}.api.md`), 'utf8');
  return before === after ? undefined : report;
}

function read(report) {
  const file = path.join(root, report);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function configuration(name, folder, reportFolder) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: path.join(folder, 'dist/index.d.ts'),
      newlineKind: 'lf',
      compiler: { overrideTsconfig: compilerOptions(name) },
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder,
        reportTempFolder: path.join(scratch, name, 'temp'),
        // Types that only other declarations mention reach the user through these.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: SILENT,
        tsdocMessageReporting: SILENT,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(folder, 'package.json'),
  });
}

/** API Extractor has a TypeScript of its own, which reads declarations and no sources. */
function compilerOptions(name) {
  return {
    compilerOptions: {
      target: 'ES2023',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      strict: true,
      skipLibCheck: true,
      types: name === 'server-sdk' ? ['node'] : [],
    },
    files: ['dist/index.d.ts'],
  };
}
