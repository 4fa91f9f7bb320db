/** The log for operators; pino and console-like loggers fit. */
export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export const silentLogger: Logger = { info() {}, warn() {} };
