import { createHmac } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { MessageClass } from '@waterbus/stun';
import { TestTurnClient } from '@waterbus/turn/testing/turn-client';

/**
 * New clients of TURN's port without a pause until `stop`, in turn on UDP and TCP. Each sends one
 * request and waits for the answer; none sends again.
 */
export class TurnKnocks {
  sent = 0;
  answered = 0;
  /** Ends of TCP connections without an answer. */
  readonly failures: string[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #closings: (() => void)[] = [];

  constructor(private readonly port: number) {
    this.#timer = setInterval(() => (this.sent % 2 === 0 ? this.#byUdp() : this.#byTcp()), INTERVAL);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  close(): void {
    this.stop();
    for (const close of this.#closings.splice(0)) close();
  }

  #byUdp(): void {
    this.sent += 1;
    const socket = createSocket('udp4');
    this.#closings.push(() => socket.close());
    socket.once('message', () => {
      this.answered += 1;
    });
    new TestTurnClient({ ...CREDENTIALS, send: (bytes) => socket.send(bytes, this.port, '127.0.0.1') }).allocate();
  }

  #byTcp(): void {
    this.sent += 1;
    const socket = connect(this.port, '127.0.0.1');
    let isOver = false;
    const end = (failure?: string) => {
      if (isOver) return;
      isOver = true;
      socket.destroy();
      if (failure) this.failures.push(failure);
      else this.answered += 1;
    };
    socket.once('data', () => end());
    socket.on('error', (error) => end(String(error)));
    socket.once('close', () => end('closed'));
    new TestTurnClient({ ...CREDENTIALS, send: (bytes) => socket.write(bytes) }).allocate();
  }
}

/** A client with an allocation, on UDP. */
export class TurnAllocation {
  readonly #client: TestTurnClient;
  #onAnswer = () => {};

  private constructor(
    private readonly port: number,
    secret: string,
    private readonly socket = createSocket('udp4'),
  ) {
    // As Server WS derives it.
    const turnSecret = createHmac('sha256', secret).update('waterbus TURN credentials').digest('base64url');
    this.#client = new TestTurnClient({
      secret: turnSecret,
      expires: Math.floor(Date.now() / 1000) + 3600,
      send: (bytes) => socket.send(bytes, this.port, '127.0.0.1'),
    });
    socket.on('message', (bytes) => {
      this.#client.receive(bytes);
      this.#onAnswer();
    });
  }

  /** Resolves when the server has granted it. */
  static async open(port: number, secret: string): Promise<TurnAllocation> {
    const allocation = new TurnAllocation(port, secret);
    await allocation.#answer(() => allocation.#client.allocate());
    const granted = await allocation.#answer(() => allocation.#client.allocate());
    if (!granted) throw new Error('the server has refused the allocation');
    return allocation;
  }

  /** Whether the server still has it. */
  refresh(): Promise<boolean> {
    return this.#answer(() => this.#client.refresh(600));
  }

  close(): void {
    this.socket.close();
  }

  async #answer(request: () => void): Promise<boolean> {
    const answered = new Promise<void>((resolve) => {
      this.#onAnswer = resolve;
    });
    request();
    await answered;
    return this.#client.answers.at(-1)?.messageClass === MessageClass.Success;
  }
}

const CREDENTIALS = { secret: 'unknown', expires: 2_000_000_000 };

/** Milliseconds between two clients. */
const INTERVAL = 50;
