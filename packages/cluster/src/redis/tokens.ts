import type { SingleUseTokens } from '../cluster.js';
import type { Member } from './member.js';

/** Used tokens are keys that live as long as the token would (R8). */
export class RedisTokens implements SingleUseTokens {
  constructor(private readonly member: Member) {}

  async use(id: string, expiresAt: number): Promise<boolean> {
    this.member.assertOpen();
    const left = Math.ceil(expiresAt - this.member.clock.date());
    if (left <= 0) return false;
    const key = this.member.keys.token(id);
    return (await this.member.connection.command(key, ['SET', key, '1', 'NX', 'PX', String(left)])) !== null;
  }
}
