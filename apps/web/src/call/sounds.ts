export type Sound = 'joined' | 'left' | 'knock' | 'message' | 'hand';

/** Plays a short sound; nothing where the browser does not let the page play any. */
export function playSound(sound: Sound): void {
  if (typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  if (context.state !== 'running') void context.resume().catch(() => {});
  const begin = context.currentTime;
  for (const [index, frequency] of NOTES[sound].entries()) playNote(context, frequency, begin + index * NOTE);
}

function playNote(context: AudioContext, frequency: number, at: number): void {
  const oscillator = new OscillatorNode(context, { frequency });
  const volume = new GainNode(context, { gain: 0 });
  // Without a slope, both ends of the note click.
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(VOLUME, at + SLOPE);
  volume.gain.linearRampToValueAtTime(0, at + NOTE);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + NOTE);
}

/** Hertz: rising when somebody comes, falling when somebody goes. */
const NOTES: Record<Sound, number[]> = {
  joined: [523, 784],
  left: [784, 523],
  knock: [659, 659, 988],
  message: [880],
  hand: [659, 880],
};
/** Seconds of a note. */
const NOTE = 0.11;
/** Seconds. */
const SLOPE = 0.015;
/** Below speech. */
const VOLUME = 0.08;

/** Browsers permit few of them. */
let context: AudioContext | undefined;
