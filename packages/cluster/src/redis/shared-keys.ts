import type { SharedKeys } from '../cluster.js';
import type { Member } from './member.js';

export class RedisSharedKeys implements SharedKeys {
  constructor(private readonly member: Member) {}

  async command(name: string, args: (key: string) => string[]): Promise<unknown> {
    this.member.assertOpen();
    if (/[{}]/.test(name)) throw new Error('The name of a shared key cannot hold { or }, which mark hash tags');
    const key = this.member.keys.shared(name);
    return this.member.connection.command(key, args(key));
  }
}
