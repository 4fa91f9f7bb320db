import {
  createMeetingResponseSchema,
  joinMeetingResponseSchema,
  problemSchema,
  serverOfferSchema,
} from '@waterbus/protocol';
import { LoadFailure } from './failure.js';

/** A meeting of the run. */
export interface Meeting {
  code: string;
  /** The credential that archives it; undefined: it existed before the run. */
  token: string | undefined;
}

/** A ticket into the call. */
export interface Admission {
  token: string;
  /** Origins of Server WS. */
  origins: string[];
}

/** The requests of a run to Server API. All reject with a `LoadFailure`. */
export class Rest {
  /** `url`: without a path. */
  constructor(
    private readonly url: string,
    private readonly apiKey: string | undefined,
  ) {}

  /** Whether the address is a Waterbus server at all. */
  async check(): Promise<void> {
    const answer = await this.ask('GET', '/v1/server');
    if (!serverOfferSchema.safeParse(answer).success) {
      throw new LoadFailure('server.unknown', `no Waterbus server answers at ${this.url}`);
    }
  }

  async createMeeting(title: string): Promise<Meeting> {
    const answer = await this.ask('POST', '/v1/meetings', { title }, this.apiKey);
    const { meeting, hostToken } = understood(createMeetingResponseSchema, answer);
    return { code: meeting.code, token: this.apiKey ?? hostToken ?? undefined };
  }

  /** Ends the call of a meeting of this run permanently. */
  async archive({ code, token }: Meeting): Promise<void> {
    if (token) await this.ask('POST', `${pathOf(code)}/archive`, undefined, token);
  }

  /** As a guest with the code; with an API key as a person that it admits. */
  async admit(code: string, name: string): Promise<Admission> {
    const answer = this.apiKey
      ? await this.ask('POST', `${pathOf(code)}/join-tokens`, { name }, this.apiKey)
      : await this.ask('POST', `${pathOf(code)}/join`, { name });
    if ((answer as { status?: unknown } | undefined)?.status === 'waiting') {
      throw new LoadFailure('meeting.waiting_room', 'the meeting has a waiting room, and nobody admits the tester');
    }
    const { token, signalling } = understood(joinMeetingResponseSchema, answer);
    return { token, origins: signalling.map((origin) => origin || this.url) };
  }

  private async ask(method: 'GET' | 'POST', path: string, body?: object, token?: string): Promise<unknown> {
    let response: Response;
    let content: unknown;
    try {
      response = await fetch(new URL(path, this.url), {
        method,
        headers: {
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
          ...(token && { authorization: `Bearer ${token}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // A credential must not reach another server.
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT),
      });
      content = await response.json().catch(() => undefined);
    } catch (error) {
      throw new LoadFailure('server.unreachable', `${this.url}: ${reasonOf(error)}`);
    }
    if (response.ok) return content;
    const problem = problemSchema.safeParse(content);
    if (!problem.success) throw new LoadFailure(`http.${response.status}`, `${this.url} is no Waterbus server`);
    throw new LoadFailure(problem.data.code, problem.data.detail ?? problem.data.title);
  }
}

/** `fetch failed` hides the reason in `cause`. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}

function understood<T>(
  schema: { safeParse(data: unknown): { success: true; data: T } | { success: false } },
  data: unknown,
): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new LoadFailure('server.unknown', 'the answer is not that of a Waterbus server of this version');
}

function pathOf(code: string): string {
  return `/v1/meetings/${encodeURIComponent(code)}`;
}

/** Milliseconds. */
const TIMEOUT = 20_000;
