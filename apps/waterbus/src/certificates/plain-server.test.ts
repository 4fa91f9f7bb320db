import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Challenges } from './challenges.js';
import { closePlainServer, plainServer } from './plain-server.js';

describe('the server on port 80', () => {
  let server: ReturnType<typeof plainServer>;
  let waiting = false;
  const challenges = new Challenges();

  beforeEach(async () => {
    waiting = false;
    server = plainServer('https://meet.example.org', challenges, () => waiting).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => closePlainServer(server));

  it.each([
    ['GET', '/m/abc?x=1', 301, '/m/abc?x=1'],
    ['HEAD', '/', 301, '/'],
    ['POST', '/v1/meetings', 308, '/v1/meetings'],
    ['DELETE', '/v1/meetings/a', 308, '/v1/meetings/a'],
    ['GET', '//evil.example/x', 301, '//evil.example/x'],
    ['GET', 'http://evil.example/x', 301, '/'],
    ['GET', '/\\evil.example', 301, '/\\evil.example'],
    ['OPTIONS', '*', 308, '/'],
    ['GET', '/.well-known/acme-challenge/unknown', 301, '/.well-known/acme-challenge/unknown'],
  ])('redirects %s %s with %i to its own origin', async (method, target, status, path) => {
    const answer = await ask(`${method} ${target} HTTP/1.1\r\nhost: evil.example\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(/^location: (.*)\r$/im.exec(answer)?.[1]).toBe(`https://meet.example.org${path}`);
    expect(answer).toMatch(/^connection: close\r$/im);
  });

  it('answers a challenge before the redirect, and only while it is open', async () => {
    const offer = { host: 'meet.example.org', token: 'abc', keyAuthorization: 'abc.def', now: 0 };
    await challenges.offer('http-01', offer);
    const request = 'GET /.well-known/acme-challenge/abc HTTP/1.1\r\nhost: a\r\n\r\n';
    waiting = true;
    expect(await ask(request)).toMatch(/200 OK(?:.|\s)*\r\n\r\nabc\.def$/);
    challenges.clear();
    expect(await ask(request)).toContain('503');
  });

  it('does not redirect to a certificate that is not there yet', async () => {
    waiting = true;
    const answer = await ask('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 503 /);
    expect(answer).not.toMatch(/^location:/im);
  });

  it.each(['\0\0\0\0\r\n\r\n', 'GET / HTTP/9\r\n\r\n', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`])(
    'closes a connection with bytes that are no request',
    async (bytes) => {
      expect(await ask(bytes)).toMatch(/^HTTP\/1.1 4\d\d /);
      expect(await ask('GET / HTTP/1.1\r\nhost: a\r\n\r\n')).toContain('301');
    },
  );

  async function ask(bytes: string): Promise<string> {
    const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
    socket.write(bytes);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk));
    await once(socket, 'close');
    return answer;
  }
});
