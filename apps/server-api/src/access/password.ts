import { hash, type Options, verify } from '@node-rs/argon2';

/** argon2id in PHC string format. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, ARGON2);
}

/** Without a hash it takes as long and answers false, so that time does not tell whether a meeting exists (M2). */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  dummyHash ??= hashPassword('no meeting has this one');
  const right = await verify(passwordHash ?? (await dummyHash), password);
  return right && passwordHash !== undefined;
}

let dummyHash: Promise<string> | undefined;

/** OWASP's first choice for argon2id (algorithm 2): 19 MiB, two passes, one lane. */
const ARGON2: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
