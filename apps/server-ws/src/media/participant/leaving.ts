import { CodedError } from '@waterbus/protocol';

/**
 * The sending transports that a client was asked to leave, because their media nodes are
 * overloaded.
 */
export class Leaving {
  private readonly transportIds = new Set<string>();
  private staysUntil = 0;

  /** Refuses frequent requests, of any media node. */
  begin(transportId: string, now: number): void {
    if (now < this.staysUntil) throw new CodedError('request.rate_limited', 'it has moved just now');
    this.staysUntil = now + STAYS;
    this.transportIds.add(transportId);
  }

  forget(transportId: string): void {
    this.transportIds.delete(transportId);
  }

  /** The earliest one. */
  get transportId(): string | undefined {
    for (const id of this.transportIds) return id;
    return undefined;
  }
}

/** Milliseconds: each move makes all receivers connect anew. */
const STAYS = 30_000;
