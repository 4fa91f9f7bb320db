import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Counts } from './attack.js';
import type { FromAttacker, ToAttacker } from './messages.js';

/** Runs one attack in a separate process. Rejects when that process fails. */
export function play(order: ToAttacker, spoof: (bytes: Uint8Array) => void): Promise<Counts> {
  const child = fork(ATTACKER, [], { execArgv: ['--conditions=source', '--import', 'tsx'], stdio: 'inherit' });
  child.send(order);
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromAttacker) => {
      if (message.type === 'spoof') return spoof(Buffer.from(message.bytes, 'base64'));
      resolve(message.counts);
      child.disconnect();
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the attack ${order.name} ended with ${code}`)));
  });
}

const ATTACKER = fileURLToPath(new URL('attacker.ts', import.meta.url));
