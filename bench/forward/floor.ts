import { type Floor, type FloorOptions, runFloor } from '@waterbus/packet-io/floor';

// The floor in a separate process: only AES-128-GCM and UDP GSO, in C, on Node's own OpenSSL.

export type FloorReply = { type: 'done' } & Floor;

process.on('message', (options: FloorOptions) => {
  process.send?.({ type: 'done', ...runFloor(options) } satisfies FloorReply);
});
process.on('disconnect', () => process.exit(0));
