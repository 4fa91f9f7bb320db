import type { Consumer } from '../forwarding/consumer.js';
import type { Producer } from '../forwarding/producer.js';
import type { Transport } from '../transport/transport.js';
import type { Router } from './router.js';

/**
 * The open objects of one engine by the caller's ids, and their routers. Routers maintain it;
 * `Control` looks objects up.
 */
export class Directory {
  readonly routers = new Map<string, Router>();
  private readonly numbered: (Router | undefined)[] = [];
  readonly transports = new Map<string, OpenTransport>();
  readonly producers = new Map<string, OpenProducer>();
  readonly consumers = new Map<string, OpenConsumer>();

  /** The lowest number that no open router has. */
  freeNumber(): number {
    const free = this.numbered.indexOf(undefined);
    return free < 0 ? this.numbered.length : free;
  }

  routerAt(number: number): Router | undefined {
    return this.numbered[number];
  }

  addRouter(router: Router): void {
    this.routers.set(router.id, router);
    this.numbered[router.number] = router;
  }

  removeRouter(router: Router): void {
    this.routers.delete(router.id);
    this.numbered[router.number] = undefined;
  }
}

export interface OpenTransport {
  readonly router: Router;
  readonly transport: Transport;
}

export interface OpenProducer extends OpenTransport {
  readonly producer: Producer;
}

export interface OpenConsumer extends OpenTransport {
  readonly consumer: Consumer;
}
