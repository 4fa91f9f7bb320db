/** What ending the process needs of what runs in it. */
export interface Stoppable {
  /** Whether another Server WS is up that could take over. */
  othersAreUp(): Promise<boolean>;
  /** Resolves when nobody is left here, it took too long (R10), or `stay` was called. */
  drain(): Promise<unknown>;
  /** Ends a drain: newcomers are taken again. */
  stay(): void;
  close(): Promise<void>;
}

export type StoppingSignal = 'SIGINT' | 'SIGTERM' | 'SIGUSR2';

/**
 * What to do with signals. The first SIGTERM empties the process when somebody else is there to take over, then closes it; SIGINT closes it at once,
 * and so does a second SIGTERM. Ctrl-C may come twice, from the terminal and from npm: it is one wish. SIGUSR2 takes a SIGTERM back while the process is being
 * emptied. `closed` settles as `close` does.
 */
export function stopping(system: Stoppable): { signal(name: StoppingSignal): void; closed: Promise<void> } {
  /** The wish to stop that is being carried out. */
  let wish: Wish | undefined;
  let settle: (closing: Promise<void>) => void = () => {};
  const closed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return {
    closed,
    signal: (name) => {
      if (name === 'SIGUSR2') return stay();
      if (wish) return void wish.answer('force');
      wish = new Wish();
      if (name === 'SIGINT') wish.answer('force');
      void carryOut(wish);
    },
  };

  function stay(): void {
    if (!wish?.answer('stay')) return;
    wish = undefined;
    system.stay();
  }

  async function carryOut(current: Wish): Promise<void> {
    const answered = await Promise.race([current.answered, emptied(current)]);
    if (answered === 'stay') return;
    current.answer('force');
    settle(system.close());
  }

  async function emptied(current: Wish): Promise<undefined> {
    // Who cannot be asked cannot take over.
    const others = await system.othersAreUp().catch(() => false);
    if (others && !current.over) await system.drain();
  }
}

/** The first answer counts: once it closes it cannot stay, and once it stays a later SIGTERM is another wish. */
class Wish {
  over = false;
  #resolve: (answer: Answer) => void = () => {};
  readonly answered = new Promise<Answer>((resolve) => {
    this.#resolve = resolve;
  });

  /** Whether it was the first. */
  answer(answer: Answer): boolean {
    if (this.over) return false;
    this.over = true;
    this.#resolve(answer);
    return true;
  }
}

type Answer = 'force' | 'stay';

/** Whether another Server WS than `nodeId` takes newcomers. */
export async function othersAreUp(
  nodes: { list(kind: 'ws'): Promise<{ id: string; draining: boolean }[]> },
  nodeId: string,
): Promise<boolean> {
  return (await nodes.list('ws')).some(({ id, draining }) => id !== nodeId && !draining);
}
