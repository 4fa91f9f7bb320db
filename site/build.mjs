// `npm run site`: the guides and the reference of the SDK's packages as a static site in site/dist,
// which the server shows at /docs/. Fails on an export without documentation and on a broken link.
// `--if-missing`: not when the site is there.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { Application, Converter, PageEvent, ReflectionKind } from 'typedoc';
import { brokenLinks } from './check-links.mjs';
import { stageGuides } from './guides.mjs';
import { withLandmarks } from './landmarks.mjs';

const site = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(site);
const output = path.join(site, 'dist');
const PACKAGES = ['client', 'react', 'embed', 'server-sdk'];

if (!process.argv.includes('--if-missing') || !existsSync(path.join(output, 'index.html')))
  process.exitCode = (await build()) ? 0 : 1;

async function build() {
  const entry = (name) => path.join(root, `packages/${name}/dist/index.d.ts`);
  const app = await Application.bootstrap({
    name: 'Waterbus',
    entryPoints: PACKAGES.map(entry),
    tsconfig: path.join(site, 'tsconfig.json'),
    projectDocuments: stageGuides(root, path.join(site, '.guides')),
    readme: path.join(site, '.guides/landing.md'),
    out: output,
    customJs: path.join(site, 'page.js'),
    customCss: path.join(site, 'page.css'),
    favicon: path.join(root, 'apps/web/public/favicon.svg'),
    navigationLinks: { 'REST API': '/docs/rest/' },
    excludeExternals: true,
    disableGit: true,
    disableSources: true,
    hideGenerator: true,
    groupOrder: ['Use it from code', 'Run a server', 'How it works', 'Modules', 'Decisions', '*'],
    navigation: { includeGroups: true },
    sortEntryPoints: false,
    // They write rules into the page, which its content security policy refuses.
    visibilityFilters: {},
    searchInDocuments: true,
    validation: { notDocumented: false, notExported: true, invalidLink: true, rewrittenLink: true },
    logLevel: 'Warn',
  });
  // Modules have the names of their packages, not of files.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      const name = PACKAGES.find((name) => module.name.split('/')[0] === name);
      if (name) module.name = `@waterbus/${name}`;
    }
  });
  app.renderer.on(PageEvent.END, (page) => {
    if (page.filename.endsWith('.html')) page.contents = withLandmarks(page.contents);
  });
  const project = await app.convert();
  if (!project) return false;
  app.validate(project);
  await app.generateOutputs(project);
  const faults = [...undocumented(project), ...brokenLinks(output)];
  for (const line of faults) console.error(line);
  compress(output);
  return faults.length === 0 && !app.logger.hasErrors() && !app.logger.hasWarnings();
}

/** Once, here: the server sends the compressed files unchanged. */
function compress(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!/\.(html|js|css|svg)$/.test(name)) continue;
    const content = readFileSync(path.join(folder, name));
    if (content.length > 1024) writeFileSync(path.join(folder, `${name}.br`), brotliCompressSync(content));
  }
}

/** Exports without a doc comment. Types of another package are documented there. */
function undocumented(project) {
  return project.getReflectionsByKind(ReflectionKind.Module).flatMap((module) =>
    (module.children ?? [])
      .filter((one) => !one.isReference() && project.getSymbolIdFromReflection(one)?.packageName === module.name)
      .filter((one) => !one.hasComment() && !one.signatures?.some((signature) => signature.hasComment()))
      .map((one) => `${module.name}: ${one.name} has no doc comment`),
  );
}
