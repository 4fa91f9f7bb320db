/**
 * The pictures and sounds that a page received from the others. Times are the page's
 * `performance.now()`, in milliseconds.
 */
export interface Probe {
  /** The time of this reading. */
  now: number;
  /** The display times of pictures, by participant. */
  pictures: Record<string, number[]>;
  /**
   * Silences of at least 20 ms, by participant, with their ends. A current silence is included, up
   * to now.
   */
  silences: Record<string, { length: number; end: number }[]>;
  /** Changes of the tiles: a tile appears, disappears, or shows "reconnecting". */
  shown: { at: number; participantId: string; what: 'came' | 'went' | 'reconnecting' }[];
}

/**
 * Runs in the page, before its own code. Watches every tile: all its videos, as one may replace
 * another, and all unmuted sounds. Requests a small camera picture and an unprocessed microphone,
 * so that four pages leave the two cores idle at times and the steady tone does not count as noise.
 */
export function installProbe(meter: string): void {
  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = ({ audio, video } = {}) =>
    getUserMedia({
      ...(audio && { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } }),
      ...(video && { video: { width: 160, height: 120, frameRate: 20 } }),
    });

  // The page sends its own picture but does not draw it: it costs as much as another picture and
  // gives no information.
  document.addEventListener('DOMContentLoaded', () => {
    const style = document.createElement('style');
    style.textContent = '[data-self] video { display: none }';
    document.head.append(style);
  });

  const pictures: Probe['pictures'] = {};
  const shown: Probe['shown'] = [];
  const meters = new Map<string, Promise<Meter>>();
  const videos = new WeakMap<HTMLVideoElement, { presented: boolean }>();
  const sounds = new WeakSet<HTMLAudioElement>();
  const present = new Set<string>();
  const reconnecting = new Set<string>();
  let context: AudioContext | undefined;
  let worklet: Promise<void> | undefined;

  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  // An element may get its track after its insertion into the page.
  document.addEventListener('playing', look, { capture: true });
  (window as unknown as { probe: () => Promise<Probe> }).probe = async () => {
    const silences: Probe['silences'] = {};
    for (const [id, meter] of meters) silences[id] = await (await meter).silences();
    return { now: performance.now(), pictures, silences, shown };
  };

  function look(): void {
    const at = performance.now();
    const tiles = document.querySelectorAll<HTMLElement>('[data-participant-id]:not([data-self])');
    const there = new Set<string>();
    for (const tile of tiles) {
      const participantId = tile.dataset.participantId!;
      there.add(participantId);
      if (!present.has(participantId)) shown.push({ at, participantId, what: 'came' });
      present.add(participantId);
      for (const video of tile.querySelectorAll('video')) watch(video, participantId);
      const state = tile.querySelector('.tile-state:not(.tile-paused)') !== null;
      if (state && !reconnecting.has(participantId)) shown.push({ at, participantId, what: 'reconnecting' });
      if (state) reconnecting.add(participantId);
      else reconnecting.delete(participantId);
    }
    for (const participantId of present) {
      if (there.has(participantId)) continue;
      present.delete(participantId);
      shown.push({ at, participantId, what: 'went' });
    }
    for (const audio of document.querySelectorAll<HTMLAudioElement>('audio[data-sound-of]')) listen(audio);
  }

  function watch(video: HTMLVideoElement, participantId: string): void {
    if (videos.has(video)) return;
    const state = { presented: false };
    videos.set(video, state);
    pictures[participantId] ??= [];
    const times = pictures[participantId];
    let before = { time: 0, frames: 0 };
    const onFrame: VideoFrameRequestCallback = (_, { presentationTime: time, presentedFrames: frames }) => {
      state.presented = true;
      // A busy page gets its callback late and for the newest picture only. The pictures in between
      // were on the screen too, at equal intervals.
      const apart = (time - before.time) / (frames - before.frames);
      const shown = before.frames > 0 ? frames - before.frames : 1;
      if (!covered(video)) for (let back = shown - 1; back >= 0; back -= 1) times.push(time - back * apart);
      before = { time, frames };
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  }

  /**
   * Whether another video with a picture covers this one, or the video is no longer in the page.
   */
  function covered(video: HTMLVideoElement): boolean {
    if (!video.isConnected) return true;
    for (let next = video.nextElementSibling; next; next = next.nextElementSibling) {
      if (next instanceof HTMLVideoElement && videos.get(next)?.presented) return true;
    }
    return false;
  }

  interface Meter {
    input: AudioNode;
    silences(): Promise<{ length: number; end: number }[]>;
  }

  function listen(audio: HTMLAudioElement): void {
    const [track] = audio.srcObject instanceof MediaStream ? audio.srcObject.getAudioTracks() : [];
    if (!track || sounds.has(audio)) return;
    sounds.add(audio);
    const participantId = audio.dataset.soundOf!;
    const meter = meters.get(participantId) ?? openMeter();
    meters.set(participantId, meter);
    void meter.then(({ input }) => {
      const source = input.context as AudioContext;
      const node = source.createMediaStreamSource(new MediaStream([track]));
      let connected = false;
      const follow = () => {
        const heard = !audio.muted && audio.isConnected;
        if (heard && !connected) node.connect(input);
        if (!heard && connected) node.disconnect(input);
        connected = heard;
      };
      audio.addEventListener('volumechange', follow);
      new MutationObserver(follow).observe(audio.parentNode ?? document.body, { childList: true });
      follow();
    });
  }

  async function openMeter(): Promise<Meter> {
    // Any sample rate separates a tone from silence; a third of the usual rate takes a third of the
    // time.
    context ??= new AudioContext({ sampleRate: 16_000 });
    worklet ??= context.audioWorklet.addModule(URL.createObjectURL(new Blob([meter], { type: 'text/javascript' })));
    await worklet;
    const node = new AudioWorkletNode(context, 'meter', { numberOfOutputs: 0, channelCount: 1 });
    const begun = performance.now();
    // The time before the meter opens counts as silent.
    const silences = [{ length: begun, end: begun }];
    let answered = silences;
    let answer: (() => void) | undefined;
    node.port.onmessage = ({ data: { length, lasting } }: MessageEvent<{ length: number; lasting: boolean }>) => {
      const end = performance.now();
      if (!lasting) silences.push({ length, end });
      else {
        const open = length > 0 ? [{ length, end }] : [];
        answered = [...silences, ...open];
        answer?.();
      }
    };
    return {
      input: node,
      silences: () =>
        new Promise((resolve) => {
          answer = () => resolve(answered);
          node.port.postMessage('now');
        }),
    };
  }
}

/**
 * An audio worklet that measures silences. Silence is below a hundredth of full scale for at least
 * 20 ms, in blocks of 8 ms; the tone's period is 2.5 ms and its amplitude a third of full scale.
 */
export const METER = `registerProcessor('meter', class extends AudioWorkletProcessor {
  silent = 0;
  constructor() {
    super();
    this.port.onmessage = () => this.port.postMessage({ length: this.silent, lasting: true });
  }
  process([[samples = []]]) {
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    if (peak < 0.01) this.silent += 128000 / sampleRate;
    else {
      if (this.silent >= 20) this.port.postMessage({ length: this.silent, lasting: false });
      this.silent = 0;
    }
    return true;
  }
})`;
