import type { Consumer } from '../forwarding/consumer.js';
import type { FanOut } from '../forwarding/fan-out.js';
import type { Producer } from '../forwarding/producer.js';
import type { Transport } from '../transport/transport.js';

/**
 * The open objects of one engine by the caller's ids, and their routers. Routers maintain it;
 * `Control` looks objects up. The router is a parameter, because it uses the directory itself.
 */
export class Directory<R extends NumberedRouter> {
  readonly routers = new Map<string, R>();
  private readonly numbered: (R | undefined)[] = [];
  readonly transports = new Map<string, OpenTransport<R>>();
  readonly producers = new Map<string, OpenProducer<R>>();
  readonly consumers = new Map<string, OpenConsumer<R>>();

  /** The lowest number that no open router has. */
  freeNumber(): number {
    const free = this.numbered.indexOf(undefined);
    return free < 0 ? this.numbered.length : free;
  }

  routerAt(number: number): R | undefined {
    return this.numbered[number];
  }

  addRouter(router: R): void {
    this.routers.set(router.id, router);
    this.numbered[router.number] = router;
  }

  removeRouter(router: R): void {
    this.routers.delete(router.id);
    this.numbered[router.number] = undefined;
  }
}

export interface NumberedRouter {
  readonly id: string;
  /** Its number among the engine's routers. */
  readonly number: number;
}

export interface OpenTransport<R> {
  readonly router: R;
  readonly transport: Transport;
}

export interface OpenProducer<R> extends OpenTransport<R> {
  readonly producer: Producer;
}

export interface OpenConsumer<R> extends OpenTransport<R> {
  readonly consumer: Consumer;
  readonly fanOut: FanOut<Consumer>;
}
