/** What ending the process needs of what runs in it. */
export interface Stoppable {
  /** Whether another Server WS is up that could take over. */
  othersAreUp(): Promise<boolean>;
  /** Resolves when nobody is left here, or it took too long (R10). */
  drain(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * What to do with SIGTERM and SIGINT. The first SIGTERM empties the process when somebody else is there to take over, then closes it; SIGINT closes it at once,
 * and so does a second SIGTERM. Ctrl-C may come twice, from the terminal and from npm: it is one wish. `closed` settles as `close` does.
 */
export function stopping(system: Stoppable): { signal(name: 'SIGINT' | 'SIGTERM'): void; closed: Promise<void> } {
  let asked = false;
  let force = () => {};
  const forced = new Promise<void>((resolve) => {
    force = resolve;
  });
  let settle: (closing: Promise<void>) => void = () => {};
  const closed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return {
    closed,
    signal: (name) => {
      if (name === 'SIGINT' || asked) force();
      if (asked) return;
      asked = true;
      settle(stop());
    },
  };

  async function stop(): Promise<void> {
    await Promise.race([forced, emptied()]);
    await system.close();
  }

  async function emptied(): Promise<void> {
    // Who cannot be asked cannot take over.
    if (await system.othersAreUp().catch(() => false)) await system.drain();
  }
}

/** Whether another Server WS than `nodeId` takes newcomers. */
export async function othersAreUp(
  nodes: { list(kind: 'ws'): Promise<{ id: string; draining: boolean }[]> },
  nodeId: string,
): Promise<boolean> {
  return (await nodes.list('ws')).some(({ id, draining }) => id !== nodeId && !draining);
}
