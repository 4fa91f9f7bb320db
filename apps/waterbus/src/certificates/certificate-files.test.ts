import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followFiles, readPair } from './certificate-files.js';
import type { Pair } from './pair.js';
import { selfSigned } from './self-signed.js';

describe('certificate files', () => {
  let folder: string;
  let files: { certFile: string; keyFile: string };
  let end = () => {};
  const clock = new VirtualClock();
  const used: Pair[] = [];
  const lines: string[] = [];
  const log = (_details: object, message: string) => void lines.push(message);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'waterbus-files-'));
    files = { certFile: path.join(folder, 'cert.pem'), keyFile: path.join(folder, 'key.pem') };
    used.length = 0;
    lines.length = 0;
  });
  afterEach(async () => {
    end();
    await rm(folder, { recursive: true, force: true });
  });

  it('takes files that are written in place', async () => {
    await follow();
    const next = await write();
    await readTwice();
    expect(used).toMatchObject([{ cert: next.cert }]);
    expect(lines).toEqual(['certificate files read again']);
    await readTwice();
    expect(used).toHaveLength(1);
  });

  it('takes files that are renamed into place', async () => {
    await follow();
    const next = await newPair();
    for (const [file, text] of [
      [files.certFile, next.cert],
      [files.keyFile, next.key],
    ] as const) {
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    }
    await readTwice();
    expect(used).toMatchObject([{ cert: next.cert }]);
  });

  it('takes a folder that a symbolic link is turned to, as in a volume of Kubernetes', async () => {
    const place = async (name: string) => {
      await mkdir(path.join(folder, name));
      const pair = await newPair();
      await writeFile(path.join(folder, name, 'tls.crt'), pair.cert);
      await writeFile(path.join(folder, name, 'tls.key'), pair.key);
      await symlink(name, path.join(folder, '..data.new'));
      await rename(path.join(folder, '..data.new'), path.join(folder, '..data'));
      return pair;
    };
    await place('first');
    for (const name of ['tls.crt', 'tls.key']) await symlink(`..data/${name}`, path.join(folder, name));
    files = { certFile: path.join(folder, 'tls.crt'), keyFile: path.join(folder, 'tls.key') };
    await follow({ write: false });
    const next = await place('second');
    await readTwice();
    expect(used).toMatchObject([{ cert: next.cert }]);
  });

  it('waits for the second file, and for a file that is half written', async () => {
    await follow();
    const [issuer, next] = [await newPair(), await newPair()];
    await writeFile(files.certFile, next.cert);
    await read();
    await writeFile(files.keyFile, next.key);
    await read();
    // Valid for one reading: the rest of the chain follows.
    await writeFile(files.certFile, next.cert + issuer.cert);
    await readTwice();
    expect(used).toMatchObject([{ cert: next.cert + issuer.cert }]);
    expect(lines).toEqual(['certificate files read again']);
  });

  it('keeps the earlier pair with files that cannot be used, with one line', async () => {
    await follow();
    const [one, other] = [await newPair(), await newPair()];
    await writeFile(files.certFile, one.cert);
    await writeFile(files.keyFile, other.key);
    for (let times = 0; times < 5; times++) await read();
    expect(lines).toEqual(['the new certificate files cannot be used, the earlier pair stays']);
    await rm(files.certFile);
    await readTwice();
    expect(lines).toHaveLength(2);
    expect(used).toEqual([]);
    const next = await write();
    await readTwice();
    expect(used).toMatchObject([{ cert: next.cert }]);
  });

  it.each([
    ['not in PEM form', { cert: 'no certificate' }],
    ['not whole, or has a passphrase', { key: '-----BEGIN PRIVATE KEY-----\nMIG' }],
    ['The certificate chain is not whole', { after: '-----BEGIN CERTIFICATE-----\nMIIB\n' }],
  ])(
    'names the fault: %s',
    async (sentence, { cert, key, after = '' }: { cert?: string; key?: string; after?: string }) => {
      const pair = await newPair();
      await writeFile(files.certFile, cert ?? pair.cert + after);
      await writeFile(files.keyFile, key ?? pair.key);
      await expect(readPair(files)).rejects.toThrow(sentence);
    },
  );

  async function follow({ write: first = true } = {}): Promise<void> {
    if (first) await write();
    const options = { use: (pair: Pair) => void used.push(pair), clock, logger: { info: log, warn: log } };
    end = followFiles(files, await readPair(files), options);
  }

  async function write(): Promise<Pair> {
    const pair = await newPair();
    await writeFile(files.certFile, pair.cert);
    await writeFile(files.keyFile, pair.key);
    return pair;
  }

  async function readTwice(): Promise<void> {
    await read();
    await read();
  }

  /** One reading of both files. */
  async function read(): Promise<void> {
    const after = vi.spyOn(clock, 'after');
    await clock.advance(10_000);
    // A reading has ended when the next one is planned.
    await vi.waitFor(() => expect(after).toHaveBeenCalled());
    after.mockRestore();
  }
});

function newPair(): Promise<Pair> {
  return selfSigned('meet.example.org', { now: Date.now(), days: 90 });
}
