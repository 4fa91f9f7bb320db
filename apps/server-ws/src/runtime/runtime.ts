import type { Socket } from 'node:net';
import { DRAIN_DEADLINE, type Drained } from '../moving/drain.js';
import type { ServerWsOptions } from '../options.js';
import { withDeadline } from '../time/with-deadline.js';
import type { TurnPort } from '../turn/turn-relay.js';
import { Composition } from './composition.js';
import type { ServerWsFigures } from './figures.js';
import { type Part, Parts } from './parts.js';

/** One Server WS node, and the order in which its parts start and stop. */
export class Runtime {
  private readonly node: Composition;
  private readonly parts: Parts;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: ServerWsOptions) {
    this.node = new Composition(options);
    this.parts = new Parts(this.inOrder(), options.logger);
  }

  start(): Promise<void> {
    return this.parts.start();
  }

  ready(): boolean {
    return !this.draining && this.node.directory.candidates.hasOpen;
  }

  get draining(): boolean {
    return this.closing !== undefined || this.node.participants.moves.draining;
  }

  figures(): ServerWsFigures {
    return this.node.figures();
  }

  drain({ deadline = DRAIN_DEADLINE }: { deadline?: number } = {}): Promise<Drained> {
    this.node.requestedDrain.stopping(true);
    return this.node.drain.begin(deadline);
  }

  gaps(milliseconds: number): Record<string, number> {
    return this.node.gaps.within(milliseconds);
  }

  cancelDrain(): void {
    if (this.closing) return;
    this.node.drain.cancel();
    this.node.requestedDrain.stopping(false);
  }

  acceptTurn(socket: Socket): void {
    this.node.turn.accept(socket);
  }

  get turnPort(): TurnPort | undefined {
    return this.node.turn.port;
  }

  close(): Promise<void> {
    this.closing ??= this.parts.stop();
    return this.closing;
  }

  /**
   * Node changes are watched before media nodes are listed, so that none is missed. Sockets are
   * accepted once requests can be served, and end after the participants have left.
   */
  private inOrder(): Part[] {
    const { lease, changes, busService, directory, capabilities } = this.node;
    const { records, quality, signalling, reports, silentOwners, turn, outsideTests, pipes } = this.node;
    return [
      { name: 'lease', start: () => lease.start(), stop: () => lease.stop() },
      { name: 'cluster changes', start: () => changes.start(), stop: () => changes.stop() },
      { name: 'bus', start: () => busService.start(), stop: () => busService.stop() },
      { name: 'media nodes', start: () => directory.start(), stop: () => directory.close() },
      { name: 'outside tests', stop: () => outsideTests.stop() },
      { name: 'media capabilities', start: () => capabilities.readAhead() },
      { name: 'turn', start: () => turn.start(), stop: () => turn.stop() },
      { name: 'records', stop: () => records.flush() },
      { name: 'signalling', start: () => signalling.start(), stop: () => signalling.stop() },
      { name: 'media pipes', stop: () => pipes.close() },
      { name: 'participants', stop: () => this.removeParticipants() },
      { name: 'reports', start: () => reports.start(), stop: () => reports.stop() },
      {
        name: 'quality',
        start: () => this.options.qualityHistory !== false && quality.start(),
        stop: () => quality.stop(),
      },
      { name: 'silent owners', start: () => silentOwners.start(), stop: () => silentOwners.close() },
      { name: 'newcomers', stop: () => this.refuseNewcomers() },
    ];
  }

  private refuseNewcomers(): void {
    this.node.participants.moves.draining = true;
    this.node.drain.close();
  }

  /** Another node that hangs closes the rest there when this node's lease ends. */
  private async removeParticipants(): Promise<void> {
    const { clock, participants } = this.node;
    if (await withDeadline(clock, LONGEST_CLOSING, participants.close())) return;
    const left = participants.registry.all().length;
    this.options.logger.warn({ participants: left }, 'closing without waiting for the remaining participants');
  }
}

/**
 * Milliseconds for the leaving of all participants. Closing takes some tens of them; a whole
 * process must end within 5 s.
 */
const LONGEST_CLOSING = 2_000;
