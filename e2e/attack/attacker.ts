import { attacks } from './attacks/index.js';
import type { FromAttacker, ToAttacker } from './messages.js';

/**
 * Entry point of the attacking process, separate so that its work does not delay the measurements
 * of the neighbours.
 */

process.on('disconnect', () => process.exit(0));
process.once('message', (message: ToAttacker) => void begin(message));

async function begin({ name, target, short, milliseconds }: ToAttacker): Promise<void> {
  const attack = attacks.find((one) => one.name === name);
  if (!attack) throw new Error(`there is no attack ${name}`);
  const end = performance.now() + milliseconds;
  const counts = await attack.run({
    target,
    short,
    over: () => performance.now() >= end,
    spoof: (bytes) => reply({ type: 'spoof', bytes: Buffer.from(bytes).toString('base64') }),
  });
  reply({ type: 'done', counts });
}

function reply(message: FromAttacker): void {
  process.send?.(message);
}
