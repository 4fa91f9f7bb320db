import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingBudget } from '@waterbus/packet-io';
import type { FromWorker, Logger, ToWorker } from './messages.js';
import { workerEnvironment } from './worker-environment.js';

export interface WorkerStart {
  nodeId: string;
  /** 0 lets the kernel choose. */
  port: number;
  extraPorts: readonly number[];
  announcedAddresses: string[];
  tcp: boolean;
  incoming?: Partial<IncomingBudget>;
}

/** One media worker as a child process: its start, its messages, its end. */
export class WorkerProcess {
  /** All are set by `start`. */
  nodeId = '';
  port = 0;
  announcedAddresses: readonly string[] = [];
  extraPorts: readonly number[] = [];
  tcp = false;
  private onMessageListener: (message: FromWorker) => void = () => {};
  private onEndListener: (reason: string) => void = () => {};
  private ended: string | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly logger: Logger,
  ) {
    child.on('message', (message) => this.handle(message as FromWorker));
    child.on('error', (error) => this.end(error.message));
    child.on('exit', (code, signal) => this.end(signal ? `killed by ${signal}` : `exit code ${code}`));
  }

  /** Starts a process that loads its code and then waits for `start`. */
  static fork(logger: Logger): WorkerProcess {
    const child = fork(ENTRY, {
      execArgv: ENTRY_ARGUMENTS,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: workerEnvironment(process.env),
    });
    return new WorkerProcess(child, logger);
  }

  /**
   * Makes it a media node. Rejects with the worker's own error (`code: 'EADDRINUSE'` for a taken
   * port) if that fails.
   */
  async start(options: WorkerStart): Promise<void> {
    this.nodeId = options.nodeId;
    this.announcedAddresses = options.announcedAddresses;
    this.extraPorts = options.extraPorts;
    this.tcp = options.tcp;
    this.send({ type: 'start', ...options });
    await this.ready(options.port);
  }

  get hasEnded(): boolean {
    return this.ended !== undefined;
  }

  get pid(): number {
    return this.child.pid!;
  }

  send(message: ToWorker): void {
    // 'exit' reports a worker that has just died; the error of the channel adds nothing.
    if (this.child.connected) this.child.send(message, () => {});
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.onMessageListener = listener;
  }

  /** Calls the listener soon if it has already ended. */
  onEnd(listener: (reason: string) => void): void {
    this.onEndListener = listener;
    const { ended } = this;
    if (ended !== undefined) queueMicrotask(() => listener(ended));
  }

  /** Ends without a message: for a worker that no longer answers, and at the parent's own end. */
  async kill(): Promise<void> {
    if (this.ended !== undefined || this.child.exitCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  private async ready(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const tooLate = setTimeout(() => fail(new Error('the media worker did not start in time')), START_DEADLINE);
      const fail = (error: Error) => {
        clearTimeout(tooLate);
        this.child.kill('SIGKILL');
        reject(error);
      };
      this.onEnd((reason) => fail(new Error(`the media worker ended while starting: ${reason}`)));
      this.onMessage((message) => {
        if (message.type === 'failed') {
          const { code, port: failed = port } = message;
          fail(Object.assign(new Error(message.message), { code, syscall: 'bind', port: failed }));
        } else if (message.type === 'ready') {
          clearTimeout(tooLate);
          this.port = message.port;
          resolve();
        }
      });
    });
  }

  private handle(message: FromWorker): void {
    if (message.type === 'log') {
      this.logger[message.level]({ ...message.details, mediaNodeId: this.nodeId }, message.message);
    } else {
      this.onMessageListener(message);
    }
  }

  private end(reason: string): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    this.onEndListener(reason);
  }
}

/**
 * When run from sources (tests, benchmarks), the worker needs the loader that its parent got from
 * elsewhere.
 */
const FROM_SOURCES = import.meta.url.endsWith('.ts');
const ENTRY = new URL(FROM_SOURCES ? '../worker/main.ts' : '../worker/main.js', import.meta.url);
const ENTRY_ARGUMENTS = FROM_SOURCES ? ['--conditions=source', '--import', 'tsx'] : [];

/** Milliseconds. A start takes 0.1-1 s; on an overloaded machine several times that. */
const START_DEADLINE = 20_000;
