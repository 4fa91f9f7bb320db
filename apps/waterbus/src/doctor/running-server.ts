import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type OutsideResult, type OutsideTest, outsideResultSchema, outsideTestSchema } from '@waterbus/protocol';
import { operatorToken } from '@waterbus/server-api';
import type { z } from 'zod';

/** The Server API of these settings, from the side of an operator who has its secret. */
export class RunningServer {
  constructor(
    private readonly origin: URL,
    private readonly secret: string,
  ) {}

  openTest(nodeId: string | undefined): Promise<OutsideTest> {
    return this.request('/v1/outside-tests', nodeId === undefined ? {} : { nodeId }, outsideTestSchema);
  }

  /** Undefined: the test has expired. */
  async result(token: string): Promise<OutsideResult | undefined> {
    try {
      return await this.request('/v1/outside-tests/result', { token }, outsideResultSchema);
    } catch (error) {
      if (error instanceof RefusedRequest && error.status === 404) return undefined;
      throw error;
    }
  }

  private async request<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T> {
    const { status, text } = await this.post(path, JSON.stringify(body));
    if (status >= 200 && status < 300) return schema.parse(JSON.parse(text));
    throw new RefusedRequest(status, reasonIn(text));
  }

  private post(path: string, body: string): Promise<{ status: number; text: string }> {
    const request = this.origin.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const options = {
        method: 'POST',
        timeout: TIMEOUT,
        // On this machine, the certificate is of another name.
        rejectUnauthorized: !isLoopback(this.origin.hostname),
        headers: {
          authorization: `Bearer ${operatorToken(this.secret)}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      };
      const asked = request(new URL(path, this.origin), options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text = (text + chunk).slice(0, LONGEST_ANSWER);
        });
        response.on('close', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      asked.on('timeout', () => asked.destroy(new Error(`no answer in ${TIMEOUT / 1000} s`)));
      asked.on('error', reject);
      asked.end(body);
    });
  }
}

export class RefusedRequest extends Error {
  constructor(
    readonly status: number,
    reason: string,
  ) {
    super(`the server refuses the test: ${reason} (${status})`);
  }
}

function reasonIn(text: string): string {
  try {
    const { title, detail } = JSON.parse(text) as { title?: unknown; detail?: unknown };
    return [title, detail].filter((one) => typeof one === 'string').join(': ') || 'no reason';
  } catch {
    return 'no reason';
  }
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** Milliseconds. */
const TIMEOUT = 10_000;

const LONGEST_ANSWER = 100_000;
