// The package.json that the registry gets. The one in the repository also serves tests: it has
// entries below `./testing`, the `source` condition, and is private, so that `npm publish` in a
// workspace publishes nothing by mistake.

/** `repository` is the address of the sources, which provenance names; undefined without one. */
export function publicManifest(own, repository) {
  const { private: _private, devDependencies: _development, exports, scripts, ...kept } = own;
  return {
    ...kept,
    ...(repository && { repository: { type: 'git', url: `git+${repository}.git` } }),
    ...(scripts?.install && { scripts: { install: scripts.install } }),
    exports: { ...publicEntries(exports), './package.json': './package.json' },
  };
}

function publicEntries(entries) {
  const kept = Object.entries(entries).filter(([entry]) => !entry.startsWith('./testing/') && !ONLY_HERE.has(entry));
  return Object.fromEntries(kept.map(([entry, { source: _source, ...conditions }]) => [entry, conditions]));
}

/** Packages that a file imports by name; `node:` and relative names are none. */
export function importedPackages(text) {
  const names = new Set();
  for (const { groups } of text.matchAll(IMPORT)) {
    const specifier = groups.statement ?? groups.call;
    if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
    names.add(
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  }
  return [...names];
}

const IMPORT =
  /^(?:import|export)\s+(?:[\w\s,{}*$]+\sfrom\s+)?['"](?<statement>[^'"\n]+)['"]|\bimport\(['"](?<call>[^'"\n]+)['"]\)/gm;

/** Entries that need the addon of tests and benchmarks, which is compiled only in a checkout. */
const ONLY_HERE = new Set(['./floor']);
