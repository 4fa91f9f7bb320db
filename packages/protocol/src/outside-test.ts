import * as z from 'zod';
import { connectivityRequestSchema } from './connectivity-request.js';
import { idSchema } from './ids.js';
import { dtlsParametersSchema, transportParametersSchema } from './media.js';
import {
  outsidePathSchema,
  outsideResultSchema,
  outsideTokenSchema,
  outsideVerdictsSchema,
} from './rest/outside-test.js';

/**
 * A test of a server's ports from outside, which an operator starts and a phone makes: the phone
 * connects to the media nodes on each path alone. Bus requests of Server API to the Server WS node
 * that keeps the test; the end of a token names that node.
 */

/** `aud` of the token with which an operator's command proves that it has the secret. */
export const OPERATOR_TOKEN_AUDIENCE = 'waterbus:operator';

export function outsideTestNode(token: string): string | undefined {
  const node = idSchema.safeParse(token.slice(token.indexOf('.') + 1));
  return node.success ? node.data : undefined;
}

const test = { token: outsideTokenSchema };

export const outsideTestMethods = {
  /** To any Server WS node: starts a test of its media nodes. */
  'outside.open': {
    body: z.object({}),
    answer: z.object({
      ...test,
      /** Seconds until the link expires. */
      expiresIn: z.int(),
      /** The addresses that its media nodes announce. */
      addresses: z.array(z.string()),
    }),
  },
  /** A phone has opened the link, which no other can open from now on. */
  'outside.begin': {
    body: connectivityRequestSchema.extend(test),
    answer: z.object({ paths: z.array(outsidePathSchema) }),
  },
  /** Opens and connects a transport with the candidates of one path. */
  'outside.connect': {
    body: z.object({ ...test, path: z.int().nonnegative(), dtlsParameters: dtlsParametersSchema }),
    answer: transportParametersSchema.omit({ id: true }),
  },
  /** The phone's verdicts, which end the test. */
  'outside.report': { body: outsideVerdictsSchema.extend(test), answer: z.null() },
  /** For the operator. */
  'outside.result': { body: z.object(test), answer: outsideResultSchema },
} as const;

export type OutsideTestMethod = keyof typeof outsideTestMethods;
export type OutsideTestBody<M extends OutsideTestMethod> = z.output<(typeof outsideTestMethods)[M]['body']>;
export type OutsideTestAnswer<M extends OutsideTestMethod> = z.output<(typeof outsideTestMethods)[M]['answer']>;
