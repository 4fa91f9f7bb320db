import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import S3rver from 's3rver';
import type { S3Settings } from '../src/storage/s3-storage.js';
import { newFolder } from './server.js';

export interface S3Server {
  settings: S3Settings;
  close(): Promise<void>;
}

/**
 * An S3 server with one bucket. s3rver does not check signatures of version 4, so a gate in front
 * of it does.
 */
export async function startS3Server(bucket: string): Promise<S3Server> {
  const configureBuckets = [{ name: bucket, configs: [] }];
  const s3 = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: newFolder(), configureBuckets });
  const inner = await s3.run();
  const keys = { region: 'eu-central-1', accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
  const gate = createServer((incoming, answer) => {
    if (incoming.headers.authorization !== expectedAuthorization(incoming, keys)) {
      answer.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
      return;
    }
    const { method, url, headers } = incoming;
    if (method === 'PUT' && headers['content-length'] === undefined) {
      answer.writeHead(411).end('<Error><Code>MissingContentLength</Code></Error>');
      return;
    }
    // s3rver knows only the region us-east-1.
    const authorization = headers.authorization?.replace(keys.region, 'us-east-1');
    const options = { host: '127.0.0.1', port: inner.port, method, path: url, headers: { ...headers, authorization } };
    const outgoing = request(options, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    // s3rver stores a body that breaks off, which no other S3 server does.
    buffer(incoming).then(
      (body) => outgoing.end(body),
      () => outgoing.destroy(),
    );
    outgoing.on('error', () => answer.destroy());
  }).listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const { port } = gate.address() as { port: number };
  return {
    settings: { endpoint: `http://127.0.0.1:${port}/`, bucket, ...keys },
    close: async () => {
      gate.closeAllConnections();
      gate.close();
      await s3.close();
    },
  };
}

/** As AWS describes Signature Version 4. */
function expectedAuthorization(incoming: IncomingMessage, keys: Omit<S3Settings, 'endpoint' | 'bucket'>): string {
  const date = String(incoming.headers['x-amz-date']);
  const signedHeaders = /SignedHeaders=([^,]*)/.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
  const [path, query = ''] = String(incoming.url).split('?');
  const canonicalRequest = [
    incoming.method,
    path,
    [...new URLSearchParams(query)]
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .sort()
      .join('&'),
    ...signedHeaders.split(';').map((name) => `${name}:${incoming.headers[name]}`),
    '',
    signedHeaders,
    incoming.headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${date.slice(0, 8)}/${keys.region}/s3/aws4_request`;
  const digest = createHash('sha256').update(canonicalRequest).digest('hex');
  const signingKey = scope
    .split('/')
    .reduce<Buffer>(
      (key, part) => createHmac('sha256', key).update(part).digest(),
      Buffer.from(`AWS4${keys.secretAccessKey}`),
    );
  const signature = createHmac('sha256', signingKey)
    .update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`)
    .digest('hex');
  return `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}
