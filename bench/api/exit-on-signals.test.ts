import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';

it('a run that a signal ends leaves no PostgreSQL and no files', async () => {
  const child = fork(fileURLToPath(new URL('./interrupted-run.ts', import.meta.url)), {
    execArgv: ['--conditions=source', '--import=tsx'],
  });
  const [{ pid, folder }] = (await once(child, 'message')) as [{ pid: number; folder: string }];
  expect(runs(pid) && existsSync(folder)).toBe(true);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([143, null]);
  await vi.waitFor(() => expect(runs(pid) || existsSync(folder)).toBe(false), { timeout: 60_000 });
}, 180_000);

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
