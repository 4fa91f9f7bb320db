import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { selfSigned } from '../src/certificates/self-signed.js';

/** Debian's pebble, an ACME server for tests, with its own certificate. */
export class Pebble {
  #process: ChildProcess | undefined;

  private constructor(
    readonly directory: string,
    /** PEM file with the certificate of pebble's API. */
    readonly certificate: string,
    /** The ports on which pebble checks http-01 and tls-alpn-01. */
    readonly ports: { http: number; tls: number },
    private readonly config: string,
  ) {}

  static async start(folder: string, certificateDays = 90): Promise<Pebble> {
    const [api, management, http, tls] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const [cert, key, config] = ['pebble.pem', 'pebble-key.pem', 'pebble.json'].map((name) => path.join(folder, name));
    if (!cert || !key || !config) throw new Error('unreachable');
    const pair = await selfSigned('127.0.0.1', { now: Date.now(), days: 1 });
    await writeFile(cert, pair.cert);
    await writeFile(key, pair.key);
    const settings = {
      listenAddress: `127.0.0.1:${api}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: cert,
      privateKey: key,
      httpPort: http,
      tlsPort: tls,
      ocspResponderURL: '',
      externalAccountBindingRequired: false,
      certificateValidityPeriod: certificateDays * 86_400,
    };
    await writeFile(config, JSON.stringify({ pebble: settings }));
    const pebble = new Pebble(`https://127.0.0.1:${api}/dir`, cert, { http, tls }, config);
    await pebble.restart();
    return pebble;
  }

  /** Does nothing while it runs. */
  async restart(): Promise<void> {
    if (this.#process) return;
    const child = spawn('/usr/bin/pebble', ['-config', this.config], {
      env: { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '20', PEBBLE_AUTHZREUSE: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      let printed = '';
      child.stdout.on('data', (text) => {
        printed += text;
        if (printed.includes('ACME directory available')) resolve();
      });
      child.once('close', () => reject(new Error(`pebble ended: ${printed}`)));
      child.once('error', reject);
    });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}
