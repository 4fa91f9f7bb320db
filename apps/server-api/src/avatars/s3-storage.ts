import { CodedError } from '@waterbus/protocol';
import { AwsClient } from 'aws4fetch';
import { typeOfAvatar } from './avatar-id.js';
import type { AvatarStorage, StorageUsage } from './avatar-storage.js';

export interface S3Settings {
  /** Such as `https://s3.eu-central-1.amazonaws.com`. */
  endpoint: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * One object for one picture, below `avatars/` in the bucket. Works with every server of the S3
 * protocol, with addresses in path style.
 */
export class S3Storage implements AvatarStorage {
  readonly #client: AwsClient;
  readonly #folder: string;
  readonly #bucket: string;

  constructor(settings: S3Settings) {
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = settings;
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: RETRIES });
    this.#bucket = `${endpoint.replace(/\/+$/, '')}/${bucket}`;
    this.#folder = `${this.#bucket}/avatars`;
  }

  async put(id: string, bytes: Buffer, contentType: string): Promise<void> {
    const body = new Uint8Array(bytes);
    const response = await this.#ask(id, { method: 'PUT', body, headers: { 'content-type': contentType } });
    await done(response, [200]);
  }

  async get(id: string): Promise<Buffer | undefined> {
    const response = await this.#ask(id, { method: 'GET' });
    if (response.status === 200) return Buffer.from(await response.arrayBuffer());
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
      const query = new URLSearchParams({ 'list-type': '2', prefix: 'avatars/' });
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
    if (!typeOfAvatar(id)) throw new Error('This is no id of an avatar');
    return this.#fetch(`${this.#folder}/${id}`, init);
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#client.fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) });
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
  throw unavailable(new Error(`The avatar storage answered ${response.status} ${code ?? ''}`.trim()));
}

function unavailable(cause: unknown): CodedError {
  const error = new CodedError('server.unavailable', 'The storage of pictures does not answer');
  error.cause = cause;
  return error;
}

/** Retries after the first attempt, with pauses of 50 ms and up; a user is waiting. */
const RETRIES = 2;

/** Of 1,000 pictures each: some seconds. */
const MOST_PAGES = 20;

/** Milliseconds for all attempts together. */
const TIMEOUT = 10_000;
