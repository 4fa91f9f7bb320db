// Checks that the prebuilt addon loads where the C library is musl. A small program of musl stands
// for Node: it has the names that Node exports, so that all others must come from musl.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../steps.mjs';

/** Returns whether it loads; prints the loader's reason if not. */
export function loadsOnMusl(addon) {
  const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-musl-'));
  const source = path.join(folder, 'host.c');
  const program = path.join(folder, 'host');
  writeFileSync(
    source,
    `${ofNode(addon)
      .map((name) => `void ${name}(void) {}`)
      .join('\n')}\n${HOST}`,
  );
  try {
    const built = run('musl-gcc', ['-fno-builtin', '-w', '-rdynamic', '-o', program, source]);
    return built && run(program, [addon]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The undefined names that the addon expects of Node. */
function ofNode(addon) {
  const listed = readFileSync(path.join(root, 'packages/packet-io/native/portable/symbols.txt'), 'utf8');
  const ofLibrary = new Set(listed.split(/\s+/));
  const { stdout } = spawnSync('readelf', ['--wide', '--dyn-syms', addon], { encoding: 'utf8' });
  const names = [...stdout.matchAll(/ UND (\w+)/g)].map(([, name]) => name);
  return names.filter((name) => !ofLibrary.has(name));
}

function run(command, args) {
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0;
}

const HOST = `
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char** words) {
  void* addon = dlopen(words[1], RTLD_NOW);
  if (addon != NULL && dlsym(addon, "napi_register_module_v1") != NULL) return 0;
  fprintf(stderr, "%s\\n", dlerror());
  return 1;
}
`;
