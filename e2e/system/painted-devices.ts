import type { Page } from '@playwright/test';

/**
 * Replaces the camera by a drawn person, large enough for a model that finds people, before squares
 * of two colours; and the microphone by noise. The constraints of each request are collected in
 * `window.requested`.
 */
export async function paintDevices(page: Page, size = { width: 640, height: 360 }): Promise<void> {
  await page.addInitScript(({ width, height }) => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const paint = canvas.getContext('2d')!;
    const ellipse = (x: number, y: number, wide: number, high: number, colour: string) => {
      paint.fillStyle = colour;
      paint.beginPath();
      paint.ellipse(width / 2 + x * height, y * height, wide * height, high * height, 0, 0, 2 * Math.PI);
      paint.fill();
    };
    let frames = 0;
    const draw = () => {
      frames += 1;
      const square = height / 9;
      for (let y = 0; y < 9; y++)
        for (let x = 0; x < 16; x++) {
          paint.fillStyle = (x + y) % 2 === 0 ? '#d8c0c0' : '#709080';
          paint.fillRect(x * square, y * square, square, square);
        }
      ellipse(0, 1.1, 0.45, 0.36, '#283c6e');
      ellipse(0, 0.68, 0.09, 0.14, '#cd9b7d');
      ellipse(0, 0.42, 0.17, 0.24, '#dcaa8c');
      ellipse(0, 0.26, 0.19, 0.12, '#3c281e');
      ellipse(0, 0.45, 0.02, 0.05, '#be8c73');
      // It talks.
      ellipse(0, 0.56, 0.06, 0.018 + 0.01 * (frames % 5), '#964646');
      for (const eye of [-0.07, 0.07]) ellipse(eye, 0.4, 0.022, 0.013, '#281e1e');
    };
    draw();
    setInterval(draw, 33);

    const requested: MediaStreamConstraints[] = [];
    Object.assign(window, { requested });
    MediaDevices.prototype.getUserMedia = async (constraints = {}) => {
      requested.push(constraints);
      const stream = new MediaStream();
      if (constraints.video) stream.addTrack(canvas.captureStream(30).getVideoTracks()[0]!);
      if (constraints.audio) {
        const context = new AudioContext({ sampleRate: 48_000 });
        const noise = context.createBuffer(1, 96_000, 48_000);
        const samples = noise.getChannelData(0);
        // Brown noise, as of wind: a model of speech takes some white noise for a hiss of consonants.
        let [state, value] = [1, 0];
        for (let index = 0; index < samples.length; index++) {
          state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
          value = 0.98 * value + 0.2 * (state / 0x7fffffff - 0.5);
          samples[index] = value * 0.2;
        }
        const source = new AudioBufferSourceNode(context, { buffer: noise, loop: true });
        const destination = context.createMediaStreamDestination();
        source.connect(destination);
        source.start();
        stream.addTrack(destination.stream.getAudioTracks()[0]!);
      }
      return stream;
    };
  }, size);
}

/** Colours (0 to 255) in the picture of a video element, each the mean of a few pixels around it. */
export type Colour = [red: number, green: number, blue: number];

/** At shares of width and height; undefined: there is no picture yet. */
export function coloursOf(page: Page, selector: string, places: [number, number][]): Promise<Colour[] | undefined> {
  return page.evaluate(
    ({ selector, places }) => {
      const video = document.querySelector<HTMLVideoElement>(selector);
      if (!video || video.videoWidth === 0) return undefined;
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
      const paint = canvas.getContext('2d')!;
      paint.drawImage(video, 0, 0);
      return places.map(([x, y]) => {
        const { data } = paint.getImageData(x * canvas.width - 2, y * canvas.height - 2, 4, 4);
        const mean = (channel: number) => {
          let sum = 0;
          for (let pixel = 0; pixel < 16; pixel++) sum += data[pixel * 4 + channel]!;
          return sum / 16;
        };
        return [mean(0), mean(1), mean(2)] as [number, number, number];
      });
    },
    { selector, places },
  );
}

export function distance(one: Colour, other: Colour): number {
  return Math.max(...one.map((value, index) => Math.abs(value - other[index]!)));
}
