import type { RunFigures } from '../figures/run-figures.js';
import { Call } from '../signalling/call.js';
import { failureOf, LoadFailure } from '../signalling/failure.js';
import type { Rest } from '../signalling/rest.js';
import { RECEIVED } from '../streams/parameters.js';
import type { Layout } from './layout.js';
import { Receiver } from './receiver.js';
import { Sender, type SenderOptions } from './sender.js';

export interface ParticipantOptions {
  rest: Rest;
  /** The meeting's code. */
  code: string;
  name: string;
  run: number;
  /** Publishes. */
  sending?: SenderOptions | undefined;
  /** Receives everybody else. */
  receiving?: { layout: Layout } | undefined;
}

/** A person in a call, from the request to join until leaving. */
export class Participant {
  sender: Sender | undefined;
  receiver: Receiver | undefined;
  private call: Call | undefined;
  private began = 0;
  private isPresent = false;
  private hasLeft = false;

  constructor(
    private readonly options: ParticipantOptions,
    private readonly figures: RunFigures,
  ) {}

  /** Never rejects: a failure is a figure. */
  async join(): Promise<void> {
    const { figures } = this;
    figures.joins.begun += 1;
    this.began = performance.now();
    try {
      await this.enter();
      if (this.hasLeft) return;
      figures.joins.succeeded += 1;
      this.reached('connected');
    } catch (error) {
      // Of a run that ends meanwhile, it is no failure of the server.
      if (this.hasLeft) return;
      const { code, detail } = failureOf(error);
      figures.joins.failed(code, detail);
      await this.leave();
    }
  }

  tick(now: number): void {
    this.receiver?.tick(now);
  }

  /** Records when the first packets came. */
  finish(): void {
    const receptions = [...(this.receiver?.lanes.values() ?? [])].flatMap((lane) => lane.receptions);
    for (const [kind, step] of [
      ['audio', 'firstSound'],
      ['video', 'firstPicture'],
    ] as const) {
      const firsts = receptions.filter((one) => one.kind === kind).flatMap(({ firstAt }) => firstAt ?? []);
      if (firsts.length > 0) this.figures.joins.reached(step, Math.min(...firsts) - this.began);
    }
  }

  async leave(): Promise<void> {
    if (this.hasLeft) return;
    this.hasLeft = true;
    this.gone();
    await this.call?.leave();
    this.sender?.close();
    this.receiver?.close();
  }

  private async enter(): Promise<void> {
    const { rest, code, name, run, sending, receiving } = this.options;
    const admission = await rest.admit(code, name);
    this.reached('admitted');
    if (this.hasLeft) return;
    const media = { send: sending !== undefined, ...(receiving && { receive: RECEIVED }) };
    const call = await Call.join(admission, media);
    this.call = call;
    if (this.hasLeft) return call.leave();
    this.reached('joined');
    this.isPresent = true;
    this.figures.present += 1;
    call.onLost = (code) => this.lost(code);
    call.on('transport.closed', ({ reason }) => this.figures.lost(`transport.${reason}`));
    call.on('mediaNode.lost', () => this.figures.lost('media_node.lost'));
    if (receiving) {
      const failed = (error: unknown) => this.figures.lost(failureOf(error).code);
      this.receiver = new Receiver(call, { run, ...receiving }, this.figures, failed);
    }
    await Promise.all([sending && this.send(call, sending), this.receiver?.start(call.joined)]);
  }

  private async send(call: Call, options: SenderOptions): Promise<void> {
    const { publish } = call.joined.grants;
    if (!publish.includes('microphone') || !publish.includes('camera')) {
      throw new LoadFailure('permission.denied', 'the meeting does not let the tester publish');
    }
    const opened = call.joined.media?.send ?? (await call.request('transport.open', { direction: 'send' }));
    this.sender = new Sender(call, opened.transport, options, this.figures);
    await this.sender.start();
  }

  private lost(code: string): void {
    this.figures.lost(code);
    this.gone();
    this.sender?.stop();
  }

  private gone(): void {
    if (this.isPresent) this.figures.present -= 1;
    this.isPresent = false;
  }

  private reached(step: 'admitted' | 'joined' | 'connected'): void {
    this.figures.joins.reached(step, performance.now() - this.began);
  }
}
