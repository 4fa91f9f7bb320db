import { Accounts } from '../usage/accounts.js';
import { Authentication } from './authentication.js';
import type { ClientPath, TurnEnvironment } from './environment.js';
import { OpenAllocations } from './open-allocations.js';
import { TurnClient, type TurnClientContext } from './turn-client.js';

/** A TURN server (RFC 8656) without sockets. */
export class TurnCore {
  private readonly accounts: Accounts;
  private readonly context: TurnClientContext;
  private isClosing = false;

  constructor(environment: TurnEnvironment) {
    this.accounts = new Accounts(environment.limits, environment.clock.now());
    this.context = {
      environment,
      authentication: new Authentication(environment),
      accounts: this.accounts,
      open: new OpenAllocations(),
      isClosing: () => this.isClosing,
    };
  }

  get allocations(): number {
    return this.accounts.allocations;
  }

  client(path: ClientPath, onIdle?: () => void): TurnClient {
    return new TurnClient(path, this.context, onIdle);
  }

  /** No more allocations; the caller closes the clients. */
  close(): void {
    this.isClosing = true;
  }
}
