import type { Page } from '@playwright/test';

/**
 * Encodes two seconds of `count` different people that nod, 320 by 180 at 15 frames a second, as VP8
 * with one key frame each: their frames in Base64. The page has to be a secure context.
 */
export async function recordPeople(page: Page, count: number): Promise<string[][]> {
  // tsx names functions by a function that pages do not have.
  await page.evaluate('globalThis.__name = (named) => named');
  const recordings: string[][] = [];
  for (let person = 0; person < count; person += 1) recordings.push(await page.evaluate(encode, person));
  return recordings;
}

async function encode(person: number): Promise<string[]> {
  const [width, height, count, rate] = [320, 180, 30, 15];
  const canvas = new OffscreenCanvas(width, height);
  const paint = canvas.getContext('2d')!;
  const encoded: string[] = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      encoded.push(btoa(String.fromCharCode(...bytes)));
    },
    error: (error) => {
      throw error;
    },
  });
  encoder.configure({ codec: 'vp8', width, height, bitrate: 150_000, framerate: rate, latencyMode: 'realtime' });
  const hue = (person * 67 + 200) % 360;
  const ellipse = (colour: string, x: number, y: number, wide: number, high: number) => {
    paint.fillStyle = colour;
    paint.beginPath();
    paint.ellipse(x, y, wide, high, 0, 0, 2 * Math.PI);
    paint.fill();
  };
  for (let index = 0; index < count; index += 1) {
    const nod = 4 * Math.sin((2 * Math.PI * index) / count);
    const light = paint.createLinearGradient(0, 0, width, height);
    light.addColorStop(0, `hsl(${hue} 30% 72%)`);
    light.addColorStop(1, `hsl(${hue} 34% 48%)`);
    paint.fillStyle = light;
    paint.fillRect(0, 0, width, height);
    const skin = `hsl(${24 + (person % 3) * 4} ${40 + (person % 2) * 10}% ${76 - (person % 4) * 13}%)`;
    const hair = `hsl(${28 + (person % 5) * 6} 35% ${18 + (person % 3) * 14}%)`;
    ellipse(`hsl(${(hue + 150) % 360} 38% 36%)`, 160, 200, 92, 70);
    ellipse(skin, 160, 132 + nod / 2, 19, 28);
    ellipse(hair, 160, 72 + nod, 45 + (person % 2) * 5, 48 + (person % 2) * 16);
    ellipse(skin, 160, 84 + nod, 36, 46);
    ellipse(hair, 160, 48 + nod, 38, 15);
    for (const side of [-1, 1]) ellipse('#2b2320', 160 + 13 * side, 82 + nod, 3.6, 3.2);
    ellipse('#9c4a4a', 160, 108 + nod, 11, 3 + (index % 4));
    const frame = new VideoFrame(canvas, { timestamp: (index * 1e6) / rate });
    encoder.encode(frame, { keyFrame: index === 0 });
    frame.close();
  }
  await encoder.flush();
  return encoded;
}
