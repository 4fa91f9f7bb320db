import { writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a WAV file (RIFF, 16-bit PCM, 48 kHz, mono) with one second of a steady tone that repeats
 * without a step. Returns its path.
 */
export async function writeTone(folder: string): Promise<string> {
  const samples = new Int16Array(RATE);
  for (let index = 0; index < RATE; index += 1)
    samples[index] = Math.round(AMPLITUDE * Math.sin((2 * Math.PI * FREQUENCY * index) / RATE));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  const file = path.join(folder, 'tone.wav');
  await writeFile(file, Buffer.concat([header, Buffer.from(samples.buffer)]));
  return file;
}

/** Samples in a second. */
const RATE = 48_000;
/** Hertz; whole periods fit in a second. */
const FREQUENCY = 400;
/** A third of full scale. */
const AMPLITUDE = 10_900;
