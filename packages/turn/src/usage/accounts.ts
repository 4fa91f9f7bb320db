import type { TurnLimits } from '../limits.js';
import { ByteBucket } from './byte-bucket.js';

/** The account of an allocation that is full. */
export type FullAccount = 'server' | 'address' | 'user';

/** The share of one allocation in the accounts. */
export interface Share {
  /** False, and nothing taken, beyond the bandwidth of an account. */
  relay(bytes: number, now: number): boolean;
  /** Idempotent. */
  end(): void;
}

/** Allocations and bandwidth of the server, of each client's address and of each user. */
export class Accounts {
  private readonly all: Account;
  private readonly addresses = new Map<string, Account>();
  private readonly users = new Map<string, Account>();

  constructor(
    private readonly limits: TurnLimits,
    now: number,
  ) {
    this.all = new Account(limits.bytesPerSecond, now);
  }

  get allocations(): number {
    return this.all.allocations;
  }

  get size(): number {
    return this.addresses.size + this.users.size;
  }

  /** `address`: undefined for a proxy, which stands for many clients. */
  take(address: string | undefined, user: string, now: number): Share | FullAccount {
    const { limits } = this;
    if (this.all.allocations >= limits.allocations) return 'server';
    const byAddress = address === undefined ? undefined : this.addresses.get(address);
    if (byAddress && byAddress.allocations >= limits.allocationsPerAddress) return 'address';
    const byUser = this.users.get(user);
    if (byUser && byUser.allocations >= limits.allocationsPerUser) return 'user';
    const taken = [this.all, opened(this.users, user, limits.bytesPerSecondPerUser, now)];
    if (address !== undefined) taken.push(opened(this.addresses, address, limits.bytesPerSecondPerAddress, now));
    return new TakenShare(taken, () => {
      forget(this.users, user);
      if (address !== undefined) forget(this.addresses, address);
    });
  }
}

class Account {
  allocations = 0;
  readonly bucket: ByteBucket;

  constructor(bytesPerSecond: number, now: number) {
    this.bucket = new ByteBucket(bytesPerSecond, now);
  }
}

class TakenShare implements Share {
  private ended = false;

  constructor(
    private readonly accounts: readonly Account[],
    private readonly onEnd: () => void,
  ) {
    for (const account of accounts) account.allocations += 1;
  }

  relay(bytes: number, now: number): boolean {
    for (const { bucket } of this.accounts) if (!bucket.has(bytes, now)) return false;
    for (const { bucket } of this.accounts) bucket.take(bytes);
    return true;
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const account of this.accounts) account.allocations -= 1;
    this.onEnd();
  }
}

function opened(accounts: Map<string, Account>, name: string, bytesPerSecond: number, now: number): Account {
  const account = accounts.get(name) ?? new Account(bytesPerSecond, now);
  accounts.set(name, account);
  return account;
}

/** Only accounts with allocations are kept. */
function forget(accounts: Map<string, Account>, name: string): void {
  if (accounts.get(name)?.allocations === 0) accounts.delete(name);
}
