import type { Clock } from '@waterbus/cluster';
import type { ServerEvent, ServerEventName } from '@waterbus/protocol';
import type { ClientSocket } from '../participants/client-socket.js';

/**
 * The client of a participant without signalling: it connects over HTTP once, and has one
 * transport. `ended` is called, once, when the participant is removed, its transport is closed, or
 * none of its media have arrived for a while: the server cannot make the client open another
 * transport, so the client connects anew.
 */
export class HttpClient implements ClientSocket {
  /** Called with each of its consumers that has ended. */
  consumerEnded: (consumerId: string) => void = () => {};
  /** Called once when it has ended, by itself or by the server. */
  gone: () => void = () => {};
  /** Of its only transport, once it is open. */
  transportId: string | undefined;
  private readonly producerIds = new Set<string>();
  private readonly silent = new Set<string>();
  private stopSilence: (() => void) | undefined;
  private isOver = false;

  constructor(
    readonly caller: string,
    private readonly clock: Clock,
    private readonly ended: () => void,
  ) {}

  /** A stream of the client. */
  produces(producerId: string): void {
    this.producerIds.add(producerId);
  }

  emit<N extends ServerEventName>(name: N, event: ServerEvent<N>): void {
    switch (name) {
      case 'transport.closed':
        if ((event as ServerEvent<'transport.closed'>).transportId === this.transportId) this.end();
        return;
      case 'consumer.closed':
        this.consumerEnded((event as ServerEvent<'consumer.closed'>).consumerId);
        return;
      // Sent only to participants with a transport there.
      case 'mediaNode.lost':
        this.end();
        return;
      case 'producer.arriving': {
        const { producerId, arriving } = event as ServerEvent<'producer.arriving'>;
        if (arriving) this.silent.delete(producerId);
        else this.silent.add(producerId);
        this.watchSilence();
        return;
      }
      default:
        return;
    }
  }

  emitShared(): void {}

  emitRoom(): void {}

  end(): void {
    this.stopSilence?.();
    if (this.isOver) return;
    this.isOver = true;
    this.gone();
    this.ended();
  }

  private watchSilence(): void {
    const isSilent = [...this.producerIds].every((id) => this.silent.has(id));
    if (isSilent && !this.isOver) {
      this.stopSilence ??= this.clock.after(LONGEST_SILENCE, () => this.end());
      return;
    }
    this.stopSilence?.();
    this.stopSilence = undefined;
  }
}

/**
 * Milliseconds, after the two seconds in which a media node notices the silence. A participant with
 * signalling gets 10 s to come back; one that connects for the first time still has to complete ICE
 * and DTLS. Consent to send expires later, after 30 s.
 */
const LONGEST_SILENCE = 15_000;
