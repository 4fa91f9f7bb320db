import type { ServerEvent, ServerEventName } from '@waterbus/protocol';

/** An event that many clients of a room receive. Its identity shows that they share one encoding. */
export class SharedEvent<N extends ServerEventName = ServerEventName> {
  constructor(
    readonly name: N,
    readonly event: ServerEvent<N>,
  ) {}
}
