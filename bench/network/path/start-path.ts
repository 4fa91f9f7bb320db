import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LinkSpec } from './link.js';
import type { FromPath, NetworkSpec, ToPath } from './messages.js';

type Answer<T extends FromPath['type']> = Extract<FromPath, { type: T }>;

/** The connection of one person's browser to the server. */
export interface Way {
  /** The origin of the page. */
  origin: string;
  /**
   * The port for the browser's media on the loopback address; without one, the server's own
   * candidates.
   */
  mediaPort?: number;
  /** The program and arguments of the person's separate browser. */
  browser?: { executablePath: string; args: string[] };
}

/** The network between people and a server. */
export interface Path {
  /** By person. */
  ways: Record<string, Way>;
  /** Starts the schedule of steps; returns the time of its begin. */
  begin(): Promise<number>;
  report(): Promise<Answer<'report'>>;
  close(): Promise<void>;
}

/** A network with links that can be changed at any time. */
export interface ChangeablePath extends Path {
  /** Replaces the previous properties with these; returns the time of the change. */
  change(links: Record<string, LinkSpec>): Promise<number>;
  /** The person's NAT assigns other ports to the media; returns the time. */
  rebind(person: string): Promise<number>;
}

/** The network in user space, in a separate process. */
export async function startPath(options: {
  network: NetworkSpec;
  mediaPort: number;
  httpPort: number;
  /** The address for media, instead of the loopback address. */
  address?: string;
}): Promise<ChangeablePath> {
  const child = fork(PROCESS, [], { execArgv: ['--conditions=source', '--import', 'tsx'] });
  const end = ended(child);
  // The failure matters only during a request.
  end.catch(() => {});
  const ask = async <T extends FromPath['type']>(order: ToPath, type: T): Promise<Answer<T>> => {
    const answered = Promise.race([once(child, 'message'), end]);
    child.send(order);
    const [answer] = (await answered) as [FromPath];
    if (answer.type !== type) throw new Error(`the network answered ${answer.type} instead of ${type}`);
    return answer as Answer<T>;
  };
  const { ports } = await ask({ type: 'open', ...options }, 'opened');
  // Raises the priority where permitted (root, util-linux): the process needs little time, but at
  // exact moments. The report contains the delays of its timers.
  spawnSync('chrt', ['--all-tasks', '--rr', '--pid', '1', String(child.pid)], { stdio: 'ignore' });
  return {
    ways: Object.fromEntries(
      Object.entries(ports).map(([person, { media, http }]) => [
        person,
        { origin: `http://localhost:${http}`, mediaPort: media },
      ]),
    ),
    change: async (links) => (await ask({ type: 'change', links }, 'changed')).at,
    rebind: async (person) => (await ask({ type: 'rebind', person }, 'changed')).at,
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
