import { createHash } from 'node:crypto';
import { ErrorReply } from 'redis';
import type { Link } from './link.js';

/**
 * A Lua script, sent by its digest; a server without it (restarted, SCRIPT FLUSH) is sent the text.
 */
export class Script {
  readonly #digest: string;

  constructor(private readonly text: string) {
    this.#digest = createHash('sha1').update(text).digest('hex');
  }

  async run(link: Link, keys: string[], args: string[], options?: { urgent: boolean }): Promise<unknown> {
    const operands = [String(keys.length), ...keys, ...args];
    try {
      return await link.send(['EVALSHA', this.#digest, ...operands], options);
    } catch (error) {
      if (!(error instanceof ErrorReply) || !error.message.startsWith('NOSCRIPT')) throw error;
      return link.send(['EVAL', this.text, ...operands], options);
    }
  }
}
