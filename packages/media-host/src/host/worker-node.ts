import type { Tracer } from '@waterbus/telemetry';
import type { CallOutcome } from '../calls/answer-call.js';
import type { MediaCallName } from '../calls/media-calls.js';
import { RemoteCalls } from '../calls/remote-calls.js';
import {
  type Endpoint,
  type ForwardingWeights,
  type HostedMediaNode,
  MediaNodeError,
  type MediaNodeEvent,
  type MediaNodeLoad,
  NO_LOAD,
  type WorkerFigures,
} from '../media-node.js';
import type { FromWorker, ToWorker } from './messages.js';
import type { WorkerProcess } from './worker-process.js';

/** A media node whose engine runs in a child process. It ends with that process. */
export class WorkerNode extends RemoteCalls implements HostedMediaNode {
  readonly id: string;
  /** Process id, for fault tests. */
  readonly pid: number;
  /** UDP port. */
  readonly port: number;
  private readonly listeners = new Set<(event: MediaNodeEvent) => void>();
  private readonly pending = new Map<number, PendingCall>();
  private lastLoad: MediaNodeLoad = NO_LOAD;
  private lastForwarding: ForwardingWeights = [];
  private lastFigures: WorkerFigures | undefined;
  readonly acceptsTcp: boolean;
  private readonly extraPorts: readonly number[];
  /** The last ones at the end. */
  private announced: Endpoint[] = [];
  private lastId = 0;
  private lost = false;
  private readonly silence: NodeJS.Timeout;
  private missedReports = 0;

  /** Calls `onLost` once, after every listener was notified. */
  constructor(
    private readonly worker: WorkerProcess,
    readonly place: number,
    private readonly tracer: Tracer,
    private readonly onLost: (reason: string) => void,
  ) {
    super();
    this.id = worker.nodeId;
    this.pid = worker.pid;
    this.port = worker.port;
    this.acceptsTcp = worker.tcp;
    this.extraPorts = worker.extraPorts;
    this.remember(worker.announcedAddresses);
    this.silence = setInterval(() => this.countMissedReport(), REPORT_INTERVAL).unref();
    worker.onMessage((message) => this.handle(message));
    worker.onEnd((reason) => this.end(reason));
  }

  load(): MediaNodeLoad {
    return this.lastLoad;
  }

  forwardingWeights(): ForwardingWeights {
    return this.lastForwarding;
  }

  figures(): WorkerFigures | undefined {
    return this.lastFigures;
  }

  endpoints(): readonly Endpoint[] {
    return this.announced;
  }

  /** Announces other addresses to the clients whose transports open from now on. */
  announce(addresses: string[]): void {
    this.remember(addresses);
    this.worker.send({ type: 'announce', addresses });
  }

  onEvent(listener: (event: MediaNodeEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  protected send(name: MediaCallName, args: unknown[]): Promise<CallOutcome> {
    if (this.lost) return Promise.reject(new MediaNodeError('node-lost', `${this.id} is gone`));
    if (this.tracer.current() === undefined) return this.call({ name, args }).then(({ outcome }) => outcome);
    const attributes = { 'waterbus.media_node.id': this.id };
    return this.tracer.run({ name: `worker ${name}`, kind: 'client', attributes }, async () => {
      const { outcome, times } = await this.call({ name, args, timed: true });
      // The rest is the wait of the call for the worker, and of the answer for this process.
      if (times) this.tracer.record({ name: `engine ${name}`, attributes }, times);
      return outcome;
    });
  }

  private call(call: Omit<Extract<ToWorker, { type: 'call' }>, 'type' | 'id'>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = ++this.lastId;
      this.pending.set(id, { resolve, reject });
      this.worker.send({ type: 'call', id, ...call });
    });
  }

  private remember(addresses: readonly string[]): void {
    const before = this.announced.filter(({ address }) => !addresses.includes(address));
    const ports = [this.port, ...this.extraPorts];
    const now = ports.flatMap((port) => addresses.map((address) => ({ address, port })));
    this.announced = [...before, ...now].slice(-MOST_ENDPOINTS);
  }

  private handle(message: FromWorker): void {
    switch (message.type) {
      case 'answer':
        this.pending.get(message.id)?.resolve(message);
        this.pending.delete(message.id);
        return;
      case 'event':
        this.emit(message.event);
        return;
      case 'load':
        this.lastLoad = message.load;
        this.lastFigures = message.figures;
        this.lastForwarding = message.forwarding ?? this.lastForwarding;
        this.missedReports = 0;
        return;
      case 'ready':
      case 'failed':
      case 'log':
        return;
    }
  }

  /**
   * Load reports double as heartbeat. Calls need no deadline of their own: either the worker
   * answers or it is ended here. Counts timer turns instead of time: when this process itself
   * stalls, the worker's reports wait unread in the channel.
   */
  private countMissedReport(): void {
    this.missedReports += 1;
    if (this.missedReports < MOST_MISSED_REPORTS) return;
    this.end(`${MOST_MISSED_REPORTS} load reports missing`);
    void this.worker.kill();
  }

  private end(reason: string): void {
    if (this.lost) return;
    this.lost = true;
    clearInterval(this.silence);
    for (const { reject } of this.pending.values()) {
      reject(new MediaNodeError('node-lost', `${this.id} is gone: ${reason}`));
    }
    this.pending.clear();
    this.emit({ type: 'lost', reason });
    this.onLost(reason);
  }

  private emit(event: MediaNodeEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}

type Answer = Extract<FromWorker, { type: 'answer' }>;

interface PendingCall {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** The addresses of a host, and those of some changes before: a line gets another each night. */
const MOST_ENDPOINTS = 32;

/** Milliseconds between the load reports of a worker. */
const REPORT_INTERVAL = 1_000;
/** With ten reports missing, the worker hangs; the machine is not merely busy. */
const MOST_MISSED_REPORTS = 10;
