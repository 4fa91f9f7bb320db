import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask } from '../forward/children.js';

/** The resources that a Server API has used since its start. */
export interface Reading {
  type: 'reading';
  /** Microseconds of user and system time. */
  cpu: number;
  /** Statements executed on PostgreSQL, `begin` and `commit` included. */
  statements: number;
}

/** A process under load. */
export interface Subject {
  origin: string;
  reading(): Promise<Reading>;
  stop(): Promise<void>;
}

/** Starts a bare Fastify that sends answers of this size. */
export async function startBare(bytes: number): Promise<Subject> {
  return start(HERE, ['bare', String(bytes)], {});
}

/** Starts the Server API of a tree; `tree`: the checkout of another revision. */
export async function startApi(databaseUrl: string, secret: string, tree?: string): Promise<Subject> {
  const script = tree ? path.join(tree, 'bench/api/server.ts') : HERE;
  return start(script, ['api', databaseUrl], {
    BENCH_SECRET: secret,
    BENCH_POSTGRES_PORT: new URL(databaseUrl).port,
  });
}

async function start(script: string, args: string[], environment: NodeJS.ProcessEnv): Promise<Subject> {
  const child = fork(script, args, {
    env: { ...process.env, ...environment },
    execArgv: [...process.execArgv, `--import=${PROBE}`],
  });
  const { port } = await listening(child);
  return {
    origin: `http://127.0.0.1:${port}`,
    reading: () => ask<Reading, 'reading'>(child, 'reading' as never, 'reading'),
    stop: async () => {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

async function listening(child: ChildProcess): Promise<{ port: number }> {
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${child.spawnargs.join(' ')} ended`))),
  ]);
  return message as { port: number };
}

const HERE = fileURLToPath(new URL('./server.ts', import.meta.url));
const PROBE = new URL('./probe.mjs', import.meta.url).href;
