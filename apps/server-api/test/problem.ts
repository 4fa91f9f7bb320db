import { errorCatalogue, problemSchema } from '@waterbus/protocol';
import type { LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';

/** Expects a problem with this code, and with its status and content type. */
export function expectProblem(response: LightMyRequestResponse, code: keyof typeof errorCatalogue) {
  const problem = problemSchema.parse(response.json());
  expect(problem.code).toBe(code);
  expect(problem.status).toBe(errorCatalogue[code].status);
  expect(response.statusCode).toBe(problem.status);
  expect(response.headers['content-type']).toBe('application/problem+json');
}
