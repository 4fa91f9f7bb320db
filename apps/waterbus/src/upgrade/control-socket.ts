import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { makeSafeFolder } from '@waterbus/server-api';
import { z } from 'zod';
import { type Upgraded, UpgradeError, type UpgradeErrorCode } from './handing-over.js';
import { launchSchema } from './messages.js';

/**
 * A Unix socket in `DATA_DIR`, where `waterbus upgrade` finds the running process. The folder is
 * private, so only the same user can connect. Each line is one JSON object.
 */

const requestSchema = z.object({ upgrade: launchSchema.omit({ slot: true }) });
export type Program = z.infer<typeof requestSchema>['upgrade'];

const answerSchema = z.union([
  z.object({ progress: z.string() }),
  z.object({
    done: z.object({ left: z.number(), readyAfter: z.number(), movedAfter: z.number(), gaps: z.array(z.number()) }),
  }),
  z.object({ failed: z.object({ code: z.string(), message: z.string() }) }),
]);

export interface ControlSocket {
  /** Open connections stay until their answers are sent. */
  close(): Promise<void>;
}

export async function listenForUpgrades(
  folder: string,
  port: number,
  upgrade: (program: Program, progress: (line: string) => void) => Promise<Upgraded>,
): Promise<ControlSocket> {
  makeSafeFolder(folder);
  const place = new Place(folder, port);
  const server = createServer((socket) => void answer(socket, upgrade));
  server.maxConnections = MOST_CONNECTIONS;
  try {
    // A process that was killed leaves the file; the port of the page is held by this process.
    rmSync(place.path, { force: true });
    await listening(server, place.path);
  } finally {
    place.close();
  }
  server.on('error', () => {});
  return {
    close: async () => {
      if (!server.listening) return;
      // Node removes the file by the path that it was given, which is valid no longer.
      server.close();
      new Place(folder, port).remove();
    },
  };
}

/** Rejects with an `UpgradeError`. */
export async function requestUpgrade(
  folder: string,
  port: number,
  program: Program,
  progress: (line: string) => void,
): Promise<Upgraded> {
  const socket = await connected(folder, port);
  socket.write(`${JSON.stringify({ upgrade: program })}\n`);
  for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
    const answered = answerSchema.parse(JSON.parse(line));
    if ('progress' in answered) progress(answered.progress);
    else if ('done' in answered) return answered.done;
    else throw new UpgradeError(answered.failed.code as UpgradeErrorCode, answered.failed.message);
  }
  throw new UpgradeError('upgrade.successor_lost', 'The running version ended before its answer');
}

async function answer(
  socket: Socket,
  upgrade: (program: Program, progress: (line: string) => void) => Promise<Upgraded>,
): Promise<void> {
  socket.on('error', () => {});
  const send = (value: unknown) => socket.writable && socket.write(`${JSON.stringify(value)}\n`);
  try {
    const { upgrade: program } = requestSchema.parse(JSON.parse(await firstLine(socket)));
    const done = await upgrade(program, (line) => send({ progress: line }));
    send({ done });
  } catch (error) {
    const code = error instanceof UpgradeError ? error.code : 'upgrade.refused';
    send({ failed: { code, message: error instanceof Error ? error.message : String(error) } });
  }
  socket.end();
}

async function firstLine(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
    if (text.length > LONGEST_LINE) break;
  }
  throw new Error('no request');
}

function connected(folder: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let place: Place;
    try {
      place = new Place(folder, port);
    } catch {
      return reject(notRunning(folder, port));
    }
    const socket = connect(place.path);
    socket.once('connect', () => {
      place.close();
      resolve(socket);
    });
    socket.once('error', () => {
      place.close();
      reject(notRunning(folder, port));
    });
  });
}

function notRunning(folder: string, port: number): UpgradeError {
  return new UpgradeError(
    'upgrade.not_running',
    `No Waterbus with this version's control socket runs with DATA_DIR ${folder} and HTTP_PORT ${port}`,
  );
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * The socket's name through a descriptor of its folder: the name of a Unix socket has at most 107
 * bytes, and `DATA_DIR` may be longer.
 */
class Place {
  readonly #folder: number;
  readonly path: string;

  constructor(folder: string, port: number) {
    this.#folder = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    this.path = `/proc/self/fd/${this.#folder}/running-${port}.sock`;
  }

  close(): void {
    closeSync(this.#folder);
  }

  remove(): void {
    rmSync(this.path, { force: true });
    this.close();
  }
}

/** Bytes. */
const LONGEST_LINE = 16_384;

const MOST_CONNECTIONS = 16;
