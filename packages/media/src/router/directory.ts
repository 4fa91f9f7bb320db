import type { Transport } from '../transport/transport.js';
import type { Consumer } from './consumer.js';
import type { Producer } from './producer.js';
import type { Router } from './router.js';

/** What is open in one engine, by the caller's ids, and where it belongs. Routers keep it; `Control` looks things up. */
export class Directory {
  readonly routers = new Map<string, Router>();
  readonly transports = new Map<string, OpenTransport>();
  readonly producers = new Map<string, OpenProducer>();
  readonly consumers = new Map<string, OpenConsumer>();
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
