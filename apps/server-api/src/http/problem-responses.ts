import { problemSchema } from '@waterbus/protocol';
import { PROBLEM_TYPE } from './problem.js';

/** Entries of a route's response schema for its possible errors. */
export function problemResponses<S extends number>(...statuses: S[]) {
  const response = { description: 'Problem', content: { [PROBLEM_TYPE]: { schema: problemSchema } } };
  return Object.fromEntries(statuses.map((status) => [status, response])) as Record<S, typeof response>;
}
