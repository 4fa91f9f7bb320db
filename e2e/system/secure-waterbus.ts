import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { newDataFolder } from '@waterbus/server-api/testing/data-folder';
import { freePort, freePorts } from '@waterbus/stun/testing/free-ports';
import { MAIN, runProcess } from './processes.js';

/** A Waterbus on https at a name, with a certificate of its own. */
export interface SecureWaterbus {
  /** Its name is `SECURE_HOST`, which browsers have to resolve to `address`. */
  url: string;
  /** Of this machine, and not loopback, to which Firefox opens no TURN connection. */
  address: string;
  /** The hash of the certificate's key, in base64: a browser can be set to accept it. */
  keyHash: string;
  /** The environment of its process, for other commands on the same machine. */
  environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** Firefox opens TLS to TURN servers with names only, not to those with an IP address. */
export const SECURE_HOST = 'secure.example';

export async function startSecureWaterbus(): Promise<SecureWaterbus> {
  const dataDir = await newDataFolder();
  const [key, cert] = [path.join(dataDir, 'key.pem'), path.join(dataDir, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '7'];
  const names = ['-subj', '/CN=waterbus', '-addext', `subjectAltName=DNS:${SECURE_HOST}`];
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const httpPort = await freePort();
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    PUBLIC_URL: `https://${SECURE_HOST}:${httpPort}`,
    HTTP_PORT: String(httpPort),
    MEDIA_PORT: String(await freePorts(1)),
    MEDIA_WORKERS: '1',
    DATA_DIR: dataDir,
    TLS_CERT: cert,
    TLS_KEY: key,
  };
  const server = runProcess(process.execPath, [MAIN, 'start'], environment);
  while (!(await isReady(`https://localhost:${httpPort}/readyz`))) {
    if (!server.running()) throw new Error(`Waterbus did not start:\n${server.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url: `https://${SECURE_HOST}:${httpPort}`,
    address: ownAddress(),
    keyHash: keyHash(await readFile(cert)),
    environment,
    stop: async () => {
      if (server.running()) server.signal('SIGTERM');
      const end = await server.ended;
      await rm(dataDir, { recursive: true, force: true });
      if (end !== 0) throw new Error(`Waterbus ended with ${end}:\n${server.output()}`);
    },
  };
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

function keyHash(cert: Buffer): string {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  return own?.address ?? '127.0.0.1';
}
