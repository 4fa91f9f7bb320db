import type { Call } from '@waterbus/client';

declare global {
  interface Window {
    /**
     * A handle for debugging and tests: `await waterbus.call.stats()` on the console. Set while in
     * a call; the app itself never reads it.
     */
    waterbus?: { readonly call: Call };
  }
}
