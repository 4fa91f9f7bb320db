import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Random } from '../simulate/random.js';

/**
 * Writes a camera's pictures as a Y4M file that repeats without a step: a textured wall that passes
 * by, and a moving figure before it. It costs an encoder as much as real people do; a flat test
 * picture costs next to no bits. Returns its path.
 */
export async function writeCameraFile(folder: string): Promise<string> {
  const file = path.join(folder, 'camera.y4m');
  const stream = createWriteStream(file);
  stream.write(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`);
  const random = new Random(SEED);
  const wall = texture(random, PERIOD, HEIGHT);
  const person = texture(random, PERSON, PERSON);
  const frame = new Uint8Array((WIDTH * HEIGHT * 3) / 2);
  frame.fill(GREY, WIDTH * HEIGHT);
  for (let index = 0; index < FRAMES; index += 1) {
    draw(frame, { wall, person, index });
    stream.write('FRAME\n');
    if (!stream.write(Buffer.from(frame))) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
  return file;
}

function draw(frame: Uint8Array, { wall, person, index }: { wall: Uint8Array; person: Uint8Array; index: number }) {
  const passed = (index * PERIOD) / FRAMES;
  for (let y = 0; y < HEIGHT; y += 1) {
    const row = wall.subarray(y * PERIOD, (y + 1) * PERIOD);
    for (let x = -passed; x < WIDTH; x += PERIOD) {
      const from = Math.max(0, -x);
      frame.set(row.subarray(from, Math.min(PERIOD, WIDTH - x)), y * WIDTH + x + from);
    }
  }
  const turn = (2 * Math.PI * index) / FRAMES;
  const left = Math.round((WIDTH - PERSON) / 2 + 120 * Math.sin(2 * turn));
  const top = Math.round((HEIGHT - PERSON) / 2 + 40 * Math.sin(6 * turn));
  for (let y = 0; y < PERSON; y += 1) {
    const half = Math.floor(Math.sqrt((PERSON / 2) ** 2 - (y - PERSON / 2) ** 2));
    const from = PERSON / 2 - half;
    frame.set(person.subarray(y * PERSON + from, y * PERSON + from + 2 * half), (top + y) * WIDTH + left + from);
  }
}

/** Noise of several sizes, which continues from one edge to the opposite one. */
function texture(random: Random, width: number, height: number): Uint8Array {
  const pixels = new Float32Array(width * height).fill(GREY);
  for (const { size, strength } of GRAINS) {
    const [columns, rows] = [Math.floor(width / size), Math.ceil(height / size) + 1];
    const grid = Float32Array.from({ length: columns * rows }, () => (random.next() - 0.5) * 2 * strength);
    for (let y = 0; y < height; y += 1) {
      const [row, down] = [Math.floor(y / size), (y % size) / size];
      for (let x = 0; x < width; x += 1) {
        const [column, right] = [Math.floor(x / size) % columns, (x % size) / size];
        const next = (column + 1) % columns;
        const above = grid[row * columns + column]! * (1 - right) + grid[row * columns + next]! * right;
        const below = grid[(row + 1) * columns + column]! * (1 - right) + grid[(row + 1) * columns + next]! * right;
        pixels[y * width + x]! += above * (1 - down) + below * down;
      }
    }
  }
  return Uint8Array.from(pixels, (value) => Math.min(235, Math.max(16, value)));
}

const WIDTH = 1280;
const HEIGHT = 720;
const FRAMES_PER_SECOND = 30;
/** Four seconds: 166 MB, which the kernel keeps in memory. */
const FRAMES = 120;
/** Pixels after which the wall repeats, one for each frame. */
const PERIOD = 120;
/** Pixels across. */
const PERSON = 400;
const GREY = 128;
const SEED = 1;
/** Pixels, and levels of brightness. */
const GRAINS = [
  { size: 60, strength: 40 },
  { size: 20, strength: 20 },
  { size: 6, strength: 6 },
];
