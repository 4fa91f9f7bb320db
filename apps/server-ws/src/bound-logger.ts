import type { Logger } from '@waterbus/media-host';

/** The ids by which an administrator finds all lines about a meeting or a participant. */
export interface LogIds {
  /** The room has the id of its meeting. */
  meetingId: string;
  participantId?: string;
}

/** A logger whose lines carry these ids: a child of pino's, or the same for a plain one. */
export function boundLogger(logger: Logger & { child?(ids: LogIds): Logger }, ids: LogIds): Logger {
  if (logger.child) return logger.child(ids);
  const write = (level: keyof Logger) => (details: Record<string, unknown>, message: string) =>
    logger[level]({ ...ids, ...details }, message);
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
