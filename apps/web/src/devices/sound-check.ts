/** Sounds with which the user checks speaker and microphone; only this device plays them. */

/** Two tones. Resolves at their end or when the signal aborts; rejects when nothing may be played. */
export async function chime(speakerId: string | undefined, signal: AbortSignal): Promise<void> {
  const context = new AudioContext();
  try {
    const destination = context.createMediaStreamDestination();
    const start = context.currentTime + 0.2;
    TONES.forEach((frequency, index) => {
      const tone = new OscillatorNode(context, { frequency });
      const gain = new GainNode(context, { gain: 0 });
      const begin = start + index * TONE;
      gain.gain.setValueAtTime(0, begin);
      gain.gain.linearRampToValueAtTime(0.3, begin + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.001, begin + TONE);
      tone.connect(gain).connect(destination);
      tone.start(begin);
      tone.stop(begin + TONE);
    });
    const audio = new Audio();
    audio.srcObject = destination.stream;
    await play(audio, speakerId);
    await later((0.5 + TONE * TONES.length) * 1000, signal);
    audio.srcObject = null;
  } finally {
    void context.close();
  }
}

/** Five seconds of a track; fewer when the signal aborts. */
export async function record(track: MediaStreamTrack, signal: AbortSignal): Promise<Blob> {
  const recorder = new MediaRecorder(new MediaStream([track]));
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise<void>((resolve, reject) => {
    recorder.onstop = () => resolve();
    recorder.onerror = () => reject(new Error('The recorder failed'));
  });
  recorder.start();
  await Promise.race([later(RECORDED, signal), stopped]);
  if (recorder.state !== 'inactive') recorder.stop();
  await stopped;
  return new Blob(parts, { type: recorder.mimeType });
}

/** Resolves at the end or when the signal aborts. */
export async function playBack(recorded: Blob, speakerId: string | undefined, signal: AbortSignal): Promise<void> {
  const address = URL.createObjectURL(recorded);
  const audio = new Audio(address);
  try {
    const ended = new Promise<void>((resolve, reject) => {
      audio.onended = () => resolve();
      audio.onerror = () => reject(new Error('The recording cannot be played'));
      signal.addEventListener('abort', () => resolve());
    });
    await play(audio, speakerId);
    await ended;
  } finally {
    audio.pause();
    URL.revokeObjectURL(address);
  }
}

async function play(audio: HTMLAudioElement, speakerId: string | undefined): Promise<void> {
  // The speaker may be unplugged: the system's default plays.
  if (speakerId !== undefined) await audio.setSinkId?.(speakerId).catch(() => {});
  await audio.play();
}

function later(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Hertz. */
const TONES = [523, 659, 784];

/** Seconds of a tone. */
const TONE = 0.35;

/** Milliseconds. */
const RECORDED = 5_000;
