import {
  type BegunOutsideTest,
  begunOutsideTestSchema,
  connectedOutsideTestSchema,
  type DtlsParameters,
  type OutsideTransport,
  type OutsideVerdicts,
} from '@waterbus/protocol';
import { request, understood } from './rest-request.js';

/** The server of a test, the test's token, and the end of the page's patience. */
export interface OutsideTestRequest {
  server?: string;
  token: string;
  signal?: AbortSignal;
}

export async function beginOutsideTest(of: OutsideTestRequest): Promise<BegunOutsideTest> {
  return understood(begunOutsideTestSchema, await request({ ...of, method: 'POST', path: `${PATH}/begin` }));
}

export async function connectOutsideTest(
  of: OutsideTestRequest,
  body: { path: number; dtlsParameters: DtlsParameters },
): Promise<OutsideTransport> {
  return understood(connectedOutsideTestSchema, await request({ ...of, path: `${PATH}/connect`, body }));
}

export async function reportOutsideTest(of: OutsideTestRequest, body: OutsideVerdicts): Promise<void> {
  await request({ ...of, path: `${PATH}/report`, body });
}

const PATH = '/v1/outside-tests';
