import { describe } from 'vitest';
import { assertingContract } from './asserting.js';
import { busContract } from './bus.js';
import { type ClusterUnderTest, contractTest } from './contract-test.js';
import { nodesContract } from './nodes.js';
import { roomsContract } from './rooms.js';
import { sharedKeysContract } from './shared-keys.js';
import { streamsContract } from './streams.js';
import { tokensContract } from './tokens.js';

/** The rules of ARCHITECTURE.md that every implementation keeps. */
export function clusterContract(name: string, open: () => Promise<ClusterUnderTest>): void {
  describe(`${name} cluster`, () => {
    const it = contractTest(open);
    roomsContract(it);
    assertingContract(it);
    nodesContract(it);
    busContract(it);
    tokensContract(it);
    streamsContract(it);
    sharedKeysContract(it);
  });
}
