/** The part used in tests of a package that brings no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';
  export default class Provider {
    constructor(issuer: string, configuration: object);
    proxy: boolean;
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    // biome-ignore lint/suspicious/noExplicitAny: the calling test checks the answers.
    [name: string]: any;
  }
}
