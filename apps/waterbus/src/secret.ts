import { randomBytes } from 'node:crypto';
import { link, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { makePrivate, makeSafeFolder } from '@waterbus/server-api';
import { synced, textOf, unfinishedName, writeNew } from './whole-file.js';

/** The secret in the file is truncated or empty; tokens must not be signed with it. */
export class SecretError extends Error {
  readonly code = 'ESECRET_BROKEN';
}

/**
 * Returns the secret in the data folder. The first start makes it, readable by its owner only. The
 * file on the disk is complete or absent.
 */
export async function keptSecret(dataDir: string): Promise<string> {
  makeSafeFolder(dataDir);
  const file = path.join(dataDir, 'secret');
  const kept = (await textOf(file)) ?? (await make(dataDir, file));
  makePrivate(file);
  const secret = kept.trim();
  if (secret.length < SECRET_BYTES) throw new SecretError(`The secret in ${file} is not whole`);
  return secret;
}

/** Two processes that start together keep the same one: `link` fails when the name is taken. */
async function make(dataDir: string, file: string): Promise<string> {
  const unfinished = unfinishedName(file);
  try {
    await writeNew(unfinished, randomBytes(SECRET_BYTES).toString('base64url'));
    await link(unfinished, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
  await synced(dataDir);
  return readFile(file, 'utf8');
}

/** As long as the output of HMAC-SHA-256, for which it is the key (RFC 7518 section 3.2). */
const SECRET_BYTES = 32;
