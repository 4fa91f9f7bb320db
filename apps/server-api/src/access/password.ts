import { availableParallelism } from 'node:os';
import { hash, type Options, verify } from '@node-rs/argon2';
import { FairQueue } from '../limits/fair-queue.js';
import { network } from '../limits/network.js';
import { opaqueString } from './opaque-string.js';

/**
 * argon2id in PHC string format. Askers take turns by their address; rejects with `server.busy`
 * when too many wait.
 */
export function hashPassword(password: string, asker = NOBODY): Promise<string> {
  return passwordQueue.run(network(asker), () => hash(opaqueString(password), ARGON2));
}

/**
 * Without a hash it takes as long and returns false, so that its time does not reveal whether a
 * meeting exists (M2). Rejects as `hashPassword` does.
 */
export async function verifyPassword(
  passwordHash: string | undefined,
  password: string,
  asker = NOBODY,
): Promise<boolean> {
  return passwordQueue.run(network(asker), async () => {
    dummyHash ??= hash('no meeting has this one', ARGON2);
    const kept = passwordHash ?? (await dummyHash);
    const prepared = opaqueString(password);
    // Earlier hashes are of the password as it was typed.
    const right = (await verify(kept, prepared)) || (prepared !== password && (await verify(kept, password)));
    return right && passwordHash !== undefined;
  });
}

/**
 * For the process. argon2 runs on libuv's four threads, which files and host names need too: two
 * stay free, and a core for everything else. Waiting computations finish within about three seconds
 * at 40 ms each, and hold a request each.
 */
export const passwordQueue = new FairQueue({
  atOnce: Math.max(1, Math.min(2, availableParallelism() - 1)),
  mostWaiting: 64,
  mostWaitingByKey: 16,
});

let dummyHash: Promise<string> | undefined;

/** For work without a request. */
const NOBODY = '';

/** OWASP's first choice for argon2id (algorithm 2): 19 MiB, two passes, one lane. */
const ARGON2: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
