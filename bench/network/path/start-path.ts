import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LinkSpec } from './link.js';
import type { FromPath, NetworkSpec, ToPath } from './messages.js';

type Answer<T extends FromPath['type']> = Extract<FromPath, { type: T }>;

/** How one person's browser reaches the server. */
export interface Way {
  /** Of the page. */
  origin: string;
  /**
   * On the loopback address, where the browser sends its media; without one, to where the server
   * says.
   */
  mediaPort?: number;
  /** The person needs a browser of its own, which is started so. */
  browser?: { executablePath: string; args: string[] };
}

/** The network between people and a server. */
export interface Path {
  /** By person. */
  ways: Record<string, Way>;
  /** Steps are counted from now on; answers when that is. */
  begin(): Promise<number>;
  report(): Promise<Answer<'report'>>;
  close(): Promise<void>;
}

/** A network whose links can be changed at any time. */
export interface ChangeablePath extends Path {
  /** From now on these properties replace those before; answers when that is. */
  change(links: Record<string, LinkSpec>): Promise<number>;
}

/** The network in user space, in a process of its own. */
export async function startPath(options: {
  network: NetworkSpec;
  mediaPort: number;
  httpPort: number;
  /** Where media are taken, instead of the loopback address. */
  address?: string;
}): Promise<ChangeablePath> {
  const child = fork(PROCESS, [], { execArgv: ['--conditions=source', '--import', 'tsx'] });
  const end = ended(child);
  // It is of interest while something is asked.
  end.catch(() => {});
  const ask = async <T extends FromPath['type']>(order: ToPath, type: T): Promise<Answer<T>> => {
    const answered = Promise.race([once(child, 'message'), end]);
    child.send(order);
    const [answer] = (await answered) as [FromPath];
    if (answer.type !== type) throw new Error(`the network answered ${answer.type} instead of ${type}`);
    return answer as Answer<T>;
  };
  const { ports } = await ask({ type: 'open', ...options }, 'opened');
  // Before other work, where that is allowed (root, util-linux): it needs little time, but at its
  // time. The report says how late its timers were.
  spawnSync('chrt', ['--all-tasks', '--rr', '--pid', '1', String(child.pid)], { stdio: 'ignore' });
  return {
    ways: Object.fromEntries(
      Object.entries(ports).map(([person, { media, http }]) => [
        person,
        { origin: `http://localhost:${http}`, mediaPort: media },
      ]),
    ),
    change: async (links) => (await ask({ type: 'change', links }, 'changed')).at,
    begin: async () => (await ask({ type: 'begin' }, 'begun')).at,
    report: () => ask({ type: 'report' }, 'report'),
    close: async () => {
      if (child.connected) child.disconnect();
      await end.catch(() => {});
    },
  };
}

async function ended(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`the process of the network ended with ${code ?? signal}`);
}

const PROCESS = fileURLToPath(new URL('./path-process.ts', import.meta.url));
