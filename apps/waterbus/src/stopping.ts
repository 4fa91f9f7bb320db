/** The operations of the running system that a stop needs. */
export interface Stoppable {
  /** Whether another Server WS is up and can take over. */
  othersAreUp(): Promise<boolean>;
  /** Resolves when no participant is left here, at the deadline (R10), or on `stay`. */
  drain(): Promise<unknown>;
  /** Ends a drain: the process accepts newcomers again. */
  stay(): void;
  close(): Promise<void>;
}

export type StoppingSignal = 'SIGINT' | 'SIGTERM' | 'SIGUSR2';

/**
 * Handles signals. The first SIGTERM drains the process when another node can take over, then
 * closes it. SIGINT and a second SIGTERM close it at once. Ctrl-C may arrive twice, from the
 * terminal and from npm, and counts once. SIGUSR2 cancels a SIGTERM during the drain. `closed`
 * settles as `close` does.
 */
export function stopping(system: Stoppable): { signal(name: StoppingSignal): void; closed: Promise<void> } {
  /** The stop request in progress. */
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
    // An unknown state counts as no other node.
    const others = await system.othersAreUp().catch(() => false);
    if (others && !current.over) await system.drain();
  }
}

/**
 * The first answer counts: a request that closes cannot stay, and after a stay the next SIGTERM is
 * a new request.
 */
class Wish {
  over = false;
  #resolve: (answer: Answer) => void = () => {};
  readonly answered = new Promise<Answer>((resolve) => {
    this.#resolve = resolve;
  });

  /** Whether this answer was the first. */
  answer(answer: Answer): boolean {
    if (this.over) return false;
    this.over = true;
    this.#resolve(answer);
    return true;
  }
}

type Answer = 'force' | 'stay';

/** Whether a Server WS other than `nodeId` accepts newcomers. */
export async function othersAreUp(
  nodes: { list(kind: 'ws'): Promise<{ id: string; draining: boolean }[]> },
  nodeId: string,
): Promise<boolean> {
  return (await nodes.list('ws')).some(({ id, draining }) => id !== nodeId && !draining);
}
