import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import type { CrowdCommand, CrowdReply, CrowdWish } from './crowd-messages.js';
import { recordPeople } from './recordings.js';

/**
 * Participants of a meeting that send real pictures and no browser shows: publishers of the load
 * tester, in a process of the lowest priority. The page, of the same server, encodes their pictures.
 */
export async function startCrowd(page: Page, url: string, code: string): Promise<Crowd> {
  const recordings = await recordPeople(page, FACES);
  const crowd = new Crowd(fork(fileURLToPath(new URL('./crowd.ts', import.meta.url)), [url, code]));
  await crowd.wish({ recordings });
  return crowd;
}

export class Crowd {
  private id = 0;
  private readonly waiting = new Map<number, (reply: CrowdReply) => void>();

  constructor(private readonly child: ChildProcess) {
    child.on('message', (reply: CrowdReply) => this.waiting.get(reply.id)?.(reply));
    child.once('exit', (code) => {
      for (const [id, settle] of this.waiting) settle({ id, present: 0, failure: `The crowd ended with ${code}.` });
    });
  }

  /** Resolves with the number of participants when it is done. */
  async wish(wish: CrowdWish): Promise<number> {
    const id = ++this.id;
    const { present, failure } = await new Promise<CrowdReply>((resolve) => {
      this.waiting.set(id, resolve);
      this.child.send({ id, ...wish } satisfies CrowdCommand);
    });
    this.waiting.delete(id);
    if (failure !== undefined) throw new Error(failure);
    return present;
  }

  end(): void {
    this.child.disconnect();
  }
}

/** Different people; more of them look alike. */
const FACES = 9;
