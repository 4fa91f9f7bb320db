import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SIGNALLING_PATH } from '@waterbus/protocol';

/**
 * Opens connections without a pause until `stop`, each for one request, and counts their ends. Some
 * bring their request late, as those that a browser opens ahead of it.
 */
export class RawConnections {
  /** By outcome: the status of an answer, or `refused`, `reset`, `closed` without an answer. */
  readonly #outcomes = new Map<string, number>();
  #opened = 0;
  #ended = 0;
  #isStopped = false;
  readonly #timer: NodeJS.Timeout;
  #onEnd = () => {};

  constructor(private readonly url: URL) {
    this.#timer = setInterval(() => this.#open(), INTERVAL);
  }

  get answered(): number {
    return [...this.#outcomes].reduce((sum, [outcome, count]) => (isAnswer(outcome) ? sum + count : sum), 0);
  }

  /** Resolves when all have ended, with those that had no answer. */
  async stop(): Promise<Record<string, number>> {
    clearInterval(this.#timer);
    this.#isStopped = true;
    if (this.#ended < this.#opened) {
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve;
      });
    }
    return Object.fromEntries([...this.#outcomes].filter(([outcome]) => !isAnswer(outcome)));
  }

  #open(): void {
    const request = requestOf(this.#opened % 2 === 0 ? 'page' : 'signalling', this.url.host, this.#opened);
    const wait = this.#opened % LATE_EVERY === 0 ? LATE : 0;
    this.#opened += 1;
    visit(this.url, request, wait, (outcome) => {
      this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
      this.#ended += 1;
      if (this.#isStopped && this.#ended === this.#opened) this.#onEnd();
    });
  }
}

/** `onEnd`: with the outcome, once. */
function visit(url: URL, request: string, wait: number, onEnd: (outcome: string) => void): void {
  const isTls = url.protocol === 'https:';
  const port = Number(url.port);
  const socket: Socket = isTls
    ? connectTls({ host: url.hostname, port, rejectUnauthorized: false })
    : connect(port, url.hostname);
  let answer = '';
  let isOver = false;
  const end = (outcome: string) => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    onEnd(outcome);
  };
  socket.on('error', ({ code }: NodeJS.ErrnoException) => end(code === 'ECONNREFUSED' ? 'refused' : 'reset'));
  socket.once('close', () => end('closed'));
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
    const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
    if (status) end(status);
  });
  socket.once(isTls ? 'secureConnect' : 'connect', () => setTimeout(() => socket.write(request), wait));
}

/** Each is of another address, so that no limit refuses it or a participant. */
function requestOf(kind: 'page' | 'signalling', host: string, number: number): string {
  const [path, fields] = kind === 'page' ? ['/healthz', ['Connection: close']] : [SIGNALLING, HANDSHAKE];
  const from = `X-Forwarded-For: 10.1.${(number >> 8) & 255}.${number & 255}`;
  return [`GET ${path} HTTP/1.1`, `Host: ${host}`, from, ...fields, '', ''].join('\r\n');
}

function isAnswer(outcome: string): boolean {
  return /^\d/.test(outcome);
}

const SIGNALLING = `${SIGNALLING_PATH}/?EIO=4&transport=websocket`;

/** RFC 6455 section 1.3. */
const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** Milliseconds between two connections. */
const INTERVAL = 40;

const LATE_EVERY = 7;

/** Milliseconds: the old version may be over by then. */
const LATE = 1500;
