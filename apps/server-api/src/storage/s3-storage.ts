import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { CodedError } from '@waterbus/protocol';
import { AwsClient } from 'aws4fetch';
import { type Content, type ObjectStorage, ofSize, type StoragePart, type StorageUsage } from './object-storage.js';

export interface S3Settings {
  /** Such as `https://s3.eu-central-1.amazonaws.com`. */
  endpoint: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * One object of the bucket for one of the storage, below the folder of its kind. Works with every
 * server of the S3 protocol, with addresses in path style.
 */
export class S3Storage implements ObjectStorage {
  readonly #client: AwsClient;
  readonly #part: StoragePart;
  readonly #bucket: string;

  constructor(settings: S3Settings, part: StoragePart) {
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = settings;
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: RETRIES });
    this.#bucket = `${endpoint.replace(/\/+$/, '')}/${bucket}`;
    this.#part = part;
  }

  async put(id: string, content: Buffer | Content, contentType: string): Promise<void> {
    const headers = { 'content-type': contentType };
    if (!Buffer.isBuffer(content)) return this.#putStream(id, content, headers);
    const response = await this.#ask(id, { method: 'PUT', body: new Uint8Array(content), headers });
    await done(response, [200]);
  }

  async get(id: string): Promise<Buffer | undefined> {
    const response = await this.#ask(id, { method: 'GET' });
    if (response.status === 200) return Buffer.from(await response.arrayBuffer());
    await done(response, [404]);
    return undefined;
  }

  async read(id: string): Promise<Content | undefined> {
    const headers = new AbortController();
    const timer = setTimeout(() => headers.abort(), TIMEOUT);
    const response = await this.#ask(id, { method: 'GET', signal: headers.signal }).finally(() => clearTimeout(timer));
    const size = Number(response.headers.get('content-length') ?? Number.NaN);
    if (response.status === 200 && response.body && Number.isSafeInteger(size)) {
      return { size, stream: Readable.fromWeb(response.body as ReadableStream) };
    }
    await done(response, [404]);
    return undefined;
  }

  async delete(id: string): Promise<void> {
    await done(await this.#ask(id, { method: 'DELETE' }), [200, 204, 404]);
  }

  /** ListObjectsV2, in pages of 1,000. */
  async usage(): Promise<StorageUsage> {
    const usage = { count: 0, bytes: 0, complete: true };
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query = new URLSearchParams({ 'list-type': '2', prefix: `${this.#part.folder}/` });
      if (token !== undefined) query.set('continuation-token', token);
      const response = await this.#fetch(`${this.#bucket}/?${query}`, { method: 'GET' });
      const text = await done(response, [200]);
      for (const [, size] of text.matchAll(/<Size>(\d{1,15})<\/Size>/g)) {
        usage.count += 1;
        usage.bytes += Number(size);
      }
      token = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(text)?.[1];
      if (token === undefined) return usage;
    }
    return { ...usage, complete: false };
  }

  async #ask(id: string, init: RequestInit): Promise<Response> {
    return this.#fetch(this.#url(id), init);
  }

  #url(id: string): string {
    if (!this.#part.isId(id)) throw new Error(`This is no id of ${this.#part.folder}`);
    return `${this.#bucket}/${this.#part.folder}/${id}`;
  }

  /** Once: a stream cannot be sent again. The time of the answer counts from the last byte. */
  async #putStream(id: string, { size, stream }: Content, headers: Record<string, string>): Promise<void> {
    const ended = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const bytes = ofSize(size).once('end', () => {
      timer = setTimeout(() => ended.abort(), TIMEOUT);
    });
    let failure: Error | undefined;
    stream.once('error', (error) => {
      failure = error;
      bytes.destroy(error);
    });
    bytes.once('error', (error) => {
      failure ??= error;
    });
    try {
      const signed = await this.#client.sign(this.#url(id), { method: 'PUT', headers });
      signed.headers.set('content-length', String(size));
      const response = await fetch(signed.url, {
        method: 'PUT',
        headers: signed.headers,
        body: Readable.toWeb(stream.pipe(bytes)) as never,
        duplex: 'half',
        signal: ended.signal,
      } as RequestInit);
      await done(response, [200]);
    } catch (error) {
      throw failure ?? (error instanceof CodedError ? error : unavailable(error));
    } finally {
      clearTimeout(timer);
      bytes.destroy();
    }
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#client.fetch(url, { signal: AbortSignal.timeout(TIMEOUT), ...init });
    } catch (error) {
      throw unavailable(error);
    }
  }
}

/** The body. Rejects also when the bucket is absent or the key is wrong: an administrator has to fix it. */
async function done(response: Response, good: number[]): Promise<string> {
  const text = await response.text();
  if (good.includes(response.status) && !text.includes('<Code>NoSuchBucket</Code>')) return text;
  const code = /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1];
  throw unavailable(new Error(`The storage answered ${response.status} ${code ?? ''}`.trim()));
}

function unavailable(cause: unknown): CodedError {
  const error = new CodedError('server.unavailable', 'The storage of files does not answer');
  error.cause = cause;
  return error;
}

/** Retries after the first attempt, with pauses of 50 ms and up; a user is waiting. */
const RETRIES = 2;

/** Of 1,000 objects each: some seconds. */
const MOST_PAGES = 20;

/** Milliseconds for all attempts together. */
const TIMEOUT = 10_000;
