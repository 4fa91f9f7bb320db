import { MediaNodeError } from '../media-node.js';
import type { CallOutcome } from './answer-call.js';
import { type MediaCallName, type MediaNodeCalls, mediaCallNames } from './media-calls.js';

/**
 * Every call of a media node as one message: one method for each entry of the table. Subclasses
 * define how a message reaches the node.
 */
abstract class Calls {
  /**
   * Never rejects for a refusal of the node; rejects with a `MediaNodeError` when the node cannot
   * be reached.
   */
  protected abstract send(name: MediaCallName, args: unknown[]): Promise<CallOutcome>;

  static {
    for (const name of mediaCallNames) {
      const value = async function (this: Calls, ...args: unknown[]): Promise<unknown> {
        // JSON would make null of an omitted argument.
        while (args.length > 0 && args.at(-1) === undefined) args.pop();
        const outcome = await this.send(name, args);
        if (!outcome.ok) throw new MediaNodeError(outcome.code, outcome.message);
        return outcome.value;
      };
      Object.defineProperty(Calls.prototype, name, { value });
    }
  }
}

export const RemoteCalls = Calls as unknown as abstract new () => Calls & MediaNodeCalls;
