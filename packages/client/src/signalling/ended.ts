import type { ServerEvent } from '@waterbus/protocol';

/** The server has ended the participant while it was out of reach, and reports the reason. */
export class Ended extends Error {
  constructor(readonly reason: Exclude<ServerEvent<'ended'>['reason'], 'expired'>) {
    super(reason);
  }
}
