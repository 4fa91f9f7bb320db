/**
 * The loudness of tracks, read through one audio context for the page: browsers allow only a few.
 */

/**
 * Calls back some times a second with the level of a track: 0 is silence, 1 full scale, in between
 * by decibels.
 */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const audio = audioContext();
  if (!audio) return () => {};
  const source = audio.createMediaStreamSource(new MediaStream([track]));
  const analyser = audio.createAnalyser();
  analyser.fftSize = WINDOW;
  source.connect(analyser);
  const samples = new Float32Array(WINDOW);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(levelOf(samples));
  }, READ_EVERY);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}

/**
 * The root mean square of samples (-1 to 1) on a scale of decibels, on which speech looks as loud
 * as it sounds.
 */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length);
  return Math.min(1, Math.max(0, 1 + decibels / QUIETEST));
}

let context: AudioContext | undefined;

function audioContext(): AudioContext | undefined {
  try {
    context ??= new AudioContext();
  } catch {
    // No sound device at all: levels stay unknown.
    return undefined;
  }
  if (context.state !== 'running') resumeWhenAllowed(context);
  return context;
}

/** Browsers block sound until a click or a key press on the page. */
function resumeWhenAllowed(audio: AudioContext): void {
  const resume = () => void audio.resume().catch(() => {});
  resume();
  for (const event of ['pointerdown', 'keydown']) window.addEventListener(event, resume, { once: true });
}

/** Samples: 21 ms at 48 kHz, a few periods of the lowest voice. */
const WINDOW = 1024;

/** Milliseconds: a ring or a bar that follows speech needs no more. */
const READ_EVERY = 100;

/** Decibels below full scale that count as silence: the noise of a quiet room. */
const QUIETEST = 60;
