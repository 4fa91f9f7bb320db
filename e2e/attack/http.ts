import { Agent, request } from 'node:http';

export interface Answer {
  status: number;
  body: unknown;
}

export interface Call {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  bearer?: string;
}

/** HTTP requests from one loopback address, over persistent connections. */
export class HttpClient {
  readonly #agent: Agent;

  constructor(
    readonly url: string,
    localAddress: string,
    connections = 64,
  ) {
    // `localAddress` is an option of the socket; the agent passes it on.
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, localAddress } as never);
  }

  /** Rejects when the connection fails. */
  ask(path: string, { method = 'GET', body, bearer }: Call = {}): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const requested = request(
        new URL(path, this.url),
        {
          method,
          agent: this.#agent,
          family: 4,
          headers: {
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
            ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(parts)) }));
        },
      );
      requested.on('error', reject);
      requested.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
