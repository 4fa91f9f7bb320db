import { randomUUID } from 'node:crypto';
import type { Logger, RtpCapabilities } from '@waterbus/media-host';
import { CodedError } from '@waterbus/protocol';
import type { MediaDirectory } from './media-directory.js';

/**
 * The RTP capabilities of routers. They are the same on every media node, so the first answer is
 * cached permanently.
 */
export class RouterCapabilities {
  private known: Promise<RtpCapabilities> | undefined;

  constructor(
    private readonly directory: MediaDirectory,
    private readonly logger: Logger,
  ) {}

  read(): Promise<RtpCapabilities> {
    this.known ??= this.request().catch((error) => {
      this.known = undefined;
      throw error;
    });
    return this.known;
  }

  /** Saves the first join the wait; an earlier join requests them again. */
  readAhead(): void {
    this.read().catch((error) => this.logger.warn({ error: String(error) }, 'no media capabilities yet'));
  }

  private async request(): Promise<RtpCapabilities> {
    const candidates = [...this.directory.candidates.all.values()];
    const candidate = candidates.find(({ draining }) => !draining) ?? candidates[0];
    const node = candidate && this.directory.get(candidate.id);
    if (!node) throw new CodedError('server.unavailable', 'there is no media node');
    const routerId = `capabilities-${randomUUID()}`;
    const capabilities = await node.openRouter(routerId);
    await node.closeRouter(routerId);
    return capabilities;
  }
}
