import { MAIN, runProcess, type ServerProcess } from '../system/processes.js';

/** Processes of `waterbus load`, whose participants send and receive real media. */
export class LoadTesters {
  private readonly processes: ServerProcess[] = [];

  constructor(private readonly url: string) {}

  /** Starts another one when all participants of the last one are in their calls. */
  grow(): void {
    if (this.processes.at(-1)?.output().includes(`in the call ${PARTICIPANTS}`) === false) return;
    if (this.processes.length >= MOST) throw new Error(`${MOST} load testers are not enough`);
    // Some 20 Mbit/s.
    const words = ['--rooms', '2', '--publishers', '1', '--subscribers', '6', '--minutes', '30'];
    this.processes.push(runProcess(process.execPath, [MAIN, 'load', this.url, ...words]));
  }

  /** Ends all participants. Resolves when they have left. */
  async end(): Promise<void> {
    const ending = this.processes.splice(0);
    for (const tester of ending) tester.signal('SIGINT');
    await Promise.all(ending.map(({ ended }) => ended));
  }
}

const PARTICIPANTS = 14;

const MOST = 10;
