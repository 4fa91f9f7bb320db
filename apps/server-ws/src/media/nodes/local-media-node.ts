import {
  answerCall,
  type CallOutcome,
  type Endpoint,
  type HostedMediaNode,
  type MediaCallName,
  type MediaNode,
  type MediaNodeEvent,
  type MediaNodeLoad,
  type OpenTransportRequest,
  RemoteCalls,
  type WorkerFigures,
} from '@waterbus/media-host';
import type { RepresentedNode } from './media-calls.js';
import { type Accounts, TransportQuotas } from './transport-quotas.js';

/**
 * A media node of this process, used by all Server WS nodes: a router opens with its first
 * transport and closes with its last, and the transports of a lost Server WS node are closed.
 */
export class LocalMediaNode extends RemoteCalls implements MediaNode, RepresentedNode {
  readonly id: string;
  private readonly routers = new Map<string, Router>();
  private readonly transports = new Map<string, OpenTransport>();
  private readonly quotas = new TransportQuotas();

  constructor(
    private readonly worker: HostedMediaNode,
    private readonly ownNodeId: string,
    /** Called for calls that failed by an internal error. */
    private readonly failed: (method: string, error: unknown) => void,
    /** Called for transports beyond a quota, with the account. */
    private readonly refused: (account: string) => void,
  ) {
    super();
    this.id = worker.id;
    worker.onEvent((event) => {
      if (event.type === 'transport.closed') this.forget(event.transportId);
    });
  }

  load(): MediaNodeLoad {
    return this.worker.load();
  }

  get place(): number {
    return this.worker.place;
  }

  figures(): WorkerFigures | undefined {
    return this.worker.figures();
  }

  endpoints(): readonly Endpoint[] {
    return this.worker.endpoints();
  }

  get acceptsTcp(): boolean {
    return this.worker.acceptsTcp;
  }

  onEvent(listener: (event: MediaNodeEvent) => void): () => void {
    return this.worker.onEvent(listener);
  }

  async answer(asker: string, name: MediaCallName, args: unknown[]): Promise<CallOutcome> {
    if (name === 'openTransport') {
      return this.openFor(asker, args[0] as OpenTransportRequest);
    }
    // A change of a router that has closed meanwhile must not open it again: nothing would close
    // it.
    if (name === 'openRouter' && args[1] !== undefined && !this.routers.has(args[0] as string)) {
      return { ok: false, code: 'not-found', message: `no router ${String(args[0])}` };
    }
    const outcome = await this.callWorker(name, args);
    if (name === 'closeTransport') this.forget(args[0] as string);
    return outcome;
  }

  /**
   * From now on these transports belong to the Server WS node `asker`. Returns those that are not
   * open here.
   */
  adopt(asker: string, transportIds: string[]): string[] {
    for (const transportId of transportIds) {
      const transport = this.transports.get(transportId);
      if (transport) transport.asker = asker;
    }
    return this.missing(asker, transportIds);
  }

  /** The given transports that are not open here for the Server WS node `asker`. */
  missing(asker: string, transportIds: string[]): string[] {
    return transportIds.filter((id) => this.transports.get(id)?.asker !== asker);
  }

  isOpen(transportId: string): boolean {
    return this.transports.has(transportId);
  }

  /**
   * The transports with forwarded streams, their weights, and the Server WS nodes that opened them.
   */
  sendings(): { transportId: string; roomId: string; asker: string; weight: number }[] {
    return this.worker.forwardingWeights().flatMap(([transportId, weight]) => {
      const transport = this.transports.get(transportId);
      return transport ? [{ transportId, roomId: transport.routerId, asker: transport.asker, weight }] : [];
    });
  }

  usedFromAfar(): boolean {
    for (const transport of this.transports.values()) if (transport.asker !== this.ownNodeId) return true;
    return false;
  }

  /** Number of transports open here, of any asker. */
  get used(): number {
    return this.transports.size;
  }

  /** Closes all transports that a lost Server WS node opened here (R4). */
  async closeTransportsOf(asker: string): Promise<void> {
    const ids = [...this.transports].filter(([, transport]) => transport.asker === asker).map(([id]) => id);
    await Promise.allSettled(ids.map((id) => this.closeTransport(id)));
  }

  protected send(name: MediaCallName, args: unknown[]): Promise<CallOutcome> {
    return this.answer(this.ownNodeId, name, args);
  }

  private async openFor(asker: string, request: OpenTransportRequest): Promise<CallOutcome> {
    const { routerId, transportId } = request;
    const accounts = { ...request.accounts, room: routerId };
    const known = this.transports.get(transportId);
    // Opening an open transport returns the first answer, and counts once; an id belongs to its
    // asker.
    if (known) {
      if (known.routerId === routerId && known.asker === asker) return this.callWorker('openTransport', [request]);
      return { ok: false, code: 'invalid-parameters', message: 'the transport is open for somebody else' };
    }
    const full = this.quotas.take(accounts);
    if (full) {
      this.refused(full);
      return { ok: false, code: 'limit-reached', message: `the ${full} has too many transports on this media node` };
    }
    const router = this.routers.get(routerId) ?? { transports: 0 };
    this.routers.set(routerId, router);
    router.transports += 1;
    this.transports.set(transportId, { routerId, asker, accounts });
    // The worker handles calls in order, and opening an open router is not an error.
    const [opened, outcome] = await Promise.all([
      this.callWorker(
        'openRouter',
        request.loudest === undefined ? [routerId] : [routerId, { loudest: request.loudest }],
      ),
      this.callWorker('openTransport', [request]),
    ]);
    if (opened.ok && outcome.ok) return outcome;
    this.forget(transportId);
    return opened.ok ? outcome : opened;
  }

  private callWorker(name: MediaCallName, args: unknown[]): Promise<CallOutcome> {
    return answerCall(this.worker, name, args, (error) => this.failed(name, error));
  }

  private forget(transportId: string): void {
    const transport = this.transports.get(transportId);
    if (!transport) return;
    this.transports.delete(transportId);
    this.quotas.giveBack(transport.accounts);
    const router = this.routers.get(transport.routerId)!;
    router.transports -= 1;
    if (router.transports > 0) return;
    this.routers.delete(transport.routerId);
    this.worker.closeRouter(transport.routerId).catch(() => {
      // Only a lost worker refuses this, and its routers are lost with it.
    });
  }
}

interface OpenTransport {
  routerId: string;
  asker: string;
  accounts: Accounts;
}

interface Router {
  transports: number;
}
