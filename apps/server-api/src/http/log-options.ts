import { CodedError } from '@waterbus/protocol';
import { DrizzleQueryError } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { LoggerOptions } from 'pino';

/*
 * The parts of an error or a request that a log may contain. The thrower writes the message: a
 * driver puts the values of a statement into it, a mail server addresses, a parser the text that it
 * could not read. So the log gets only the parts of an error that this file picks, and of a request
 * no query and no value in its path.
 */

/**
 * The logged form of an error, under `err` (server-api) or `error` (server-ws, which logs texts).
 */
export function loggedError(error: unknown): unknown {
  return typeof error === 'string' ? withoutValues(error) : described(error, 0);
}

export const logSerializers = { err: loggedError, error: loggedError, req: loggedRequest };

/** For pino. Our code logs no bodies and no headers; if it ever does, secrets are still removed. */
export const logOptions: LoggerOptions = {
  serializers: logSerializers,
  redact: redactedPaths(),
  hooks: {
    logMethod(inputArgs, method) {
      // An error alone would become the line's text.
      const [first, ...rest] = inputArgs as unknown[];
      const args = first instanceof Error ? [{ err: first }, ...(rest.length > 0 ? rest : [first.name])] : inputArgs;
      method.apply(this, args as Parameters<typeof method>);
    },
  },
};

function redactedPaths(): string[] {
  const secrets = ['password', 'hostToken', 'token', 'resumeToken', 'accessToken', 'refreshToken', 'secret'];
  return [
    'req.headers.authorization',
    'req.headers.cookie',
    ...secrets,
    ...secrets.map((name) => `*.${name}`),
    ...secrets.map((name) => `*.*.${name}`),
  ];
}

/**
 * The route as declared: paths contain meeting codes, queries the answers of an identity provider.
 */
function loggedRequest(request: FastifyRequest) {
  return {
    method: request.method,
    route: request.routeOptions?.url,
    remoteAddress: request.ip,
    remotePort: request.socket?.remotePort,
  };
}

function described(error: unknown, depth: number): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const fields = error as Error & Record<string, unknown>;
  return {
    type: word(error.name) ?? 'Error',
    message: messageOf(error),
    stack: framesOf(error),
    ...Object.fromEntries(PICKED.map((name) => [name, word(fields[name])])),
    ...(error instanceof DrizzleQueryError ? { statement: statementOf(error.query) } : {}),
    ...(error.cause !== undefined && depth < DEEPEST_CAUSE ? { cause: described(error.cause, depth + 1) } : {}),
  };
}

/** No message of a database: PostgreSQL quotes values. */
function messageOf(error: Error): string | undefined {
  if (error instanceof CodedError) return error.code;
  if (error instanceof DrizzleQueryError || 'severity' in error || error instanceof SyntaxError) return undefined;
  // Messages of the language name properties, not values.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) {
    return withoutValues(error.message, { quotes: false });
  }
  return withoutValues(error.message);
}

/**
 * The lines below the message, which may have any number of lines and look like lines of the stack.
 */
function framesOf({ stack = '', message }: Error): string | undefined {
  const at = stack.indexOf(message);
  if (at < 0) return undefined;
  const lines = stack.slice(at + message.length).split('\n');
  return lines
    .filter((line) => FRAME.test(line))
    .slice(0, MOST_FRAMES)
    .map((line) => line.trim())
    .join('\n');
}

/** Values are parameters; literals in the text are removed. */
function statementOf(query: string): string {
  return query.replace(/'(?:[^']|'')*'/g, "'…'").slice(0, LONGEST_STATEMENT);
}

function withoutValues(text: string, { quotes = true } = {}): string {
  const plain = text
    .slice(0, LONGEST_TEXT)
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)\S*/gi, (_all, scheme: string) => `${scheme}…`)
    .replace(/[^\s<>"'`(),;:]+@[^\s<>"'`(),;]+/g, '…@…')
    .replace(/[A-Za-z0-9_+=~-]{20,}/g, '…');
  return quotes ? plain.replace(/(["'`])(?:(?!\1).)*(\1|$)/gs, '$1…$1') : plain;
}

/** Names and codes; anything else could be a value. */
function word(value: unknown): string | number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value) ? value : undefined;
}

/** Of Node, PostgreSQL (by PGlite and by postgres.js), SMTP, HTTP. */
const PICKED = [
  ...['code', 'errno', 'syscall', 'port', 'status', 'statusCode', 'responseCode'],
  ...['severity', 'routine', 'schema', 'schema_name', 'table', 'table_name', 'column', 'column_name'],
  ...['constraint', 'constraint_name', 'dataType'],
];

/** As V8 writes them: `    at name (file:line:column)`. */
const FRAME = /^ {4}at .*:\d+:\d+\)?$/;
const MOST_FRAMES = 10;
const DEEPEST_CAUSE = 3;

/** Characters. */
const LONGEST_TEXT = 500;
const LONGEST_STATEMENT = 500;
