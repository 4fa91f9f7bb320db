import { afterEach, beforeEach, expect } from 'vitest';
import type { ServerWsOptions } from '../../src/index.js';
import type { FakeMediaHost } from './fake-media-host.js';
import { type Node, Signalling } from './signalling.js';

/** Of the running test. */
export let signalling: Signalling;
/** Of the running test, with `useNode`. */
export let node: Node<FakeMediaHost>;

/** Each test of the file gets a `signalling` of its own. */
export function useSignalling(): void {
  beforeEach(() => {
    signalling = new Signalling();
  });
  afterEach(() => signalling.close());
}

/**
 * Each test of the file gets a `signalling` with one `node`, which must log no error, also when it
 * closes.
 */
export function useNode(options: () => Partial<ServerWsOptions> = () => ({})): void {
  // Registered first, so that it runs last.
  afterEach(() => expect(node.errors).toEqual([]));
  useSignalling();
  beforeEach(async () => {
    node = await signalling.node(options());
  });
}
