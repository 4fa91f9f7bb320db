import type { Logger } from '@waterbus/media-host';

/** A part of a node: started once, and stopped once if its start succeeded. */
export interface Part {
  readonly name: string;
  start?(): Promise<void> | void;
  stop?(): Promise<void> | void;
}

/** The parts of a node in one order: each starts after those before it, and stops before them. */
export class Parts {
  private readonly started: Part[] = [];

  constructor(
    private readonly parts: readonly Part[],
    private readonly logger: Logger,
  ) {}

  /** Rejects with the error of the first part that does not start; those before it are stopped. */
  async start(): Promise<void> {
    try {
      for (const part of this.parts) {
        await part.start?.();
        this.started.push(part);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** A part that does not stop is logged, and the others stop. Never rejects. */
  async stop(): Promise<void> {
    for (let part = this.started.pop(); part; part = this.started.pop()) {
      try {
        await part.stop?.();
      } catch (error) {
        this.logger.warn({ part: part.name, error: String(error) }, 'part not stopped');
      }
    }
  }
}
