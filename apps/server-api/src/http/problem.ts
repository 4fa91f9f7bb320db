import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CodedError, type ErrorCode, errorCatalogue, type Problem } from '@waterbus/protocol';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { isOutage } from '../database/outage.js';
import { retryAfterOf } from '../limits/retry-later.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** An error of the catalogue in the form of RFC 9457. */
export function problemOf(code: ErrorCode, detail?: string): Problem {
  const { status, title } = errorCatalogue[code];
  return { type: `urn:waterbus:error:${code}`, title, status, code, ...(detail === undefined ? {} : { detail }) };
}

/** Answers every error of a request, including those of Fastify. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const retryAfter = retryAfterOf(error);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  const { code, detail } = codeOf(error);
  // RFC 6750 section 3: the bearer token is missing or wrong.
  if (errorCatalogue[code].status === 401) reply.header('www-authenticate', 'Bearer');
  // A refused flood must not fill the log.
  if (errorCatalogue[code].status >= 500 && code !== 'server.busy') request.log.error({ err: error }, 'request failed');
  return sendProblem(reply, problemOf(code, detail));
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  // Serialized here: the route's response schemas describe successes.
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
}

/** For bytes that are not an HTTP request: there is only a socket to answer on. */
export function answerBadBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const problem = problemOf(tooLarge ? 'request.too_large' : 'request.invalid');
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function codeOf(error: unknown): { code: ErrorCode; detail?: string } {
  if (error instanceof CodedError) return { code: error.code, detail: error.detail };
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map((issue) => `${issue.instancePath || 'body'}: ${issue.message}`);
    return { code: 'request.invalid', detail: issues.join('; ').slice(0, LONGEST_DETAIL) };
  }
  if (isOutage(error)) return { code: 'server.unavailable' };
  const { statusCode } = error as Partial<FastifyError>;
  switch (statusCode) {
    case 404:
      return { code: 'request.not_found' };
    case 413:
    case 414:
    case 431:
      return { code: 'request.too_large' };
    case 415:
      return { code: 'request.unsupported_media_type' };
    case 503:
      return { code: 'server.unavailable' };
    default:
      return { code: statusCode && statusCode >= 400 && statusCode < 500 ? 'request.invalid' : 'server.internal' };
  }
}

/** Characters: enough for the issues of a form, and too few to be useful for a flood. */
const LONGEST_DETAIL = 500;
