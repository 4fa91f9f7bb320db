import { test } from 'vitest';
import type { Cluster } from '../../src/cluster.js';

export interface ClusterUnderTest {
  /** A member of the cluster, as one server process would be. */
  connect(): Promise<Cluster>;
  /** Ends a member like a killed process. */
  kill(member: Cluster): Promise<void>;
  /** Lets time pass for leases, timeouts and pauses. */
  advance(milliseconds: number): Promise<void>;
  /** Milliseconds since 1970 on the cluster's clock. */
  date(): number;
  /** Resolves when the condition holds; until then messages are under way. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/**
/** A test of the contract, with one implementation and two members of its cluster. */
export function contractTest(open: () => Promise<ClusterUnderTest>) {
  return test
    .extend('under', { auto: true }, async ({ onTestFinished }) => {
      const under = await open();
      onTestFinished(() => under.close());
      return under;
    })
    .extend('one', { auto: true }, ({ under }) => under.connect())
    .extend('two', { auto: true }, ({ under }) => under.connect());
}

export type ContractTest = ReturnType<typeof contractTest>;
