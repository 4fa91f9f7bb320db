import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of the benchmark that answers messages with messages. */
export function child(script: string): ChildProcess {
  return fork(fileURLToPath(new URL(script, import.meta.url)), { execArgv: process.execArgv });
}

export function ask<A extends { type: string }, T extends A['type']>(
  process: ChildProcess,
  request: object,
  type: T,
): Promise<Extract<A, { type: T }>> {
  const answer = nextMessage<A, T>(process, type);
  process.send(request);
  return answer;
}

/** Resolves with the next message of this type; rejects when the process ends before. */
export async function nextMessage<A extends { type: string }, T extends A['type']>(
  process: ChildProcess,
  type: T,
): Promise<Extract<A, { type: T }>> {
  const done = new AbortController();
  const exit = once(process, 'exit', { signal: done.signal }).then(
    () => Promise.reject(new Error(`${process.spawnargs.at(-1)} ended`)),
    () => new Promise<never>(() => {}),
  );
  const message = new Promise<Extract<A, { type: T }>>((resolve) => {
    const listen = (message: A) => {
      if (message.type !== type) return;
      process.off('message', listen);
      resolve(message as Extract<A, { type: T }>);
    };
    process.on('message', listen);
  });
  return Promise.race([message, exit]).finally(() => done.abort());
}

export function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
