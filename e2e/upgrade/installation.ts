import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createMeeting } from '@waterbus/client';
import { freePort, freePorts } from '@waterbus/stun/testing/free-ports';
import { expect, vi } from 'vitest';
import { Bot } from '../faults/bots/bot.js';
import { History } from '../faults/history.js';
import { childrenOf, MAIN, ready, runProcess, type ServerProcess } from '../system/processes.js';
import { RawConnections } from './raw-connections.js';

/** `waterbus start` on this machine, its upgrades, and a call of bots on it. */
export class Installation {
  readonly history = new History();
  #bots: Bot[] = [];
  #code = '';

  private constructor(
    readonly url: string,
    readonly server: ServerProcess,
    private readonly folder: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async start(settings: Record<string, string>): Promise<Installation> {
    const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-upgrade-'));
    const [httpPort, mediaPort] = [await freePort(), await freePorts(3)];
    const environment = {
      ...process.env,
      HTTP_PORT: String(httpPort),
      TURN_PORT: String(mediaPort + 2),
      SECRET: randomBytes(32).toString('hex'),
      MEDIA_PORT: String(mediaPort),
      MEDIA_WORKERS: '1',
      // Longer than the name of a Unix socket may be.
      DATA_DIR: path.join(folder, 'd'.repeat(100)),
      LOG_LEVEL: 'warn',
      // Each request of `Visitors` is of another address, so that no limit refuses them.
      TRUSTED_PROXIES: '127.0.0.1',
      ...settings,
    };
    return Installation.begin(folder, environment);
  }

  /** Once more with the same data, after its end. */
  again(): Promise<Installation> {
    return Installation.begin(this.folder, this.environment);
  }

  private static async begin(folder: string, environment: NodeJS.ProcessEnv): Promise<Installation> {
    const server = runProcess(process.execPath, [MAIN, 'start'], environment);
    const isTls = environment.TLS_CERT !== undefined;
    const url = `${isTls ? 'https://localhost' : 'http://127.0.0.1'}:${environment.HTTP_PORT}`;
    // Node does not accept the certificate.
    if (isTls) await vi.waitFor(() => expect(server.output()).toContain('Waterbus is running'), { timeout: 60_000 });
    else await ready(`${url}/readyz`, server);
    return new Installation(url, server, folder, environment);
  }

  get turnPort(): number {
    return Number(this.environment.TURN_PORT);
  }

  get secret(): string {
    return this.environment.SECRET ?? '';
  }

  /** Resolves with the exit code and the output of `waterbus upgrade`. */
  async upgrade(): Promise<{ code: number | string; output: string }> {
    const command = this.beginUpgrade();
    return { code: await command.ended, output: command.output() };
  }

  beginUpgrade(): ServerProcess {
    return runProcess(process.execPath, [MAIN, 'upgrade'], this.environment);
  }

  /** As the command of a version would that ends at its start: one in `versions`, or a missing one. */
  async upgradeTo(version: string): Promise<string> {
    const script = fileURLToPath(new URL(`versions/${version}.mjs`, import.meta.url));
    const { DATA_DIR, HTTP_PORT } = this.environment;
    const folder = await open(DATA_DIR ?? '');
    const socket = connect(`/proc/self/fd/${folder.fd}/running-${HTTP_PORT}.sock`);
    socket.write(`${JSON.stringify({ upgrade: { execPath: process.execPath, script } })}\n`);
    const answer = await text(socket);
    await folder.close();
    return answer;
  }

  /** The process that is starting, or has started, beside the first one. */
  async successor(): Promise<number> {
    const [newest] = (await this.versions()).slice(-1);
    return newest ?? Promise.reject(new Error('no successor'));
  }

  /** The processes of later versions, the newest last. */
  async versions(): Promise<number[]> {
    const children = await childrenOf(this.server.pid);
    const titles = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
    return children.filter((_, index) => titles[index]?.includes(MAIN)).sort((a, b) => a - b);
  }

  connections(): RawConnections {
    return new RawConnections(new URL(this.url));
  }

  visit(): Visitors {
    return new Visitors(`${this.url}/v1/meetings/${this.#code}`);
  }

  async joinBots(count: number): Promise<Bot[]> {
    const { meeting } = await createMeeting({ server: this.url, title: 'Upgrade' });
    this.#code = meeting.code;
    for (let index = 0; index < count; index += 1) {
      const client = `bot-${index + 1}`;
      this.#bots.push(await Bot.join({ history: this.history, client, url: this.url, code: meeting.code }));
    }
    return this.#bots;
  }

  async stop(): Promise<number | string> {
    for (const bot of this.#bots.splice(0)) await bot.call.leave();
    if (this.server.running()) this.server.signal('SIGTERM');
    const end = await this.server.ended;
    await rm(this.folder, { recursive: true, force: true });
    return end;
  }
}

/** Requests without a pause, on new and on kept connections, until `stop`. */
export class Visitors {
  readonly failures: string[] = [];
  answered = 0;
  /** Milliseconds. */
  longest = 0;
  #stopped = false;
  readonly #rounds: Promise<void>[];

  /** `url`: a page of the API that reads the database. */
  constructor(private readonly url: string) {
    this.#rounds = ['close', 'keep-alive'].map((connection) => this.#ask(connection));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#rounds);
  }

  async #ask(connection: string): Promise<void> {
    while (!this.#stopped) {
      const asked = performance.now();
      try {
        const from = `10.0.${(this.answered >> 8) & 255}.${this.answered & 255}`;
        const response = await fetch(this.url, { headers: { connection, 'x-forwarded-for': from } });
        await response.arrayBuffer();
        if (!response.ok) this.failures.push(`status ${response.status}`);
        this.answered += 1;
        this.longest = Math.max(this.longest, performance.now() - asked);
      } catch (error) {
        this.failures.push(String((error as Error).cause ?? error));
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
