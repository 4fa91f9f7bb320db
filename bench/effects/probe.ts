/** Of some seconds of the user's own picture in the lobby. Times are milliseconds. */
export interface EffectFigures {
  width: number;
  height: number;
  /** Pictures shown. */
  pictures: number;
  seconds: number;
  /** The worker's time for each of the last frames. */
  spent: number[];
  /** Every how many frames the person is searched. */
  segmentedEvery: number | undefined;
  /** From a frame of the camera to the processed one, both as the page receives them; only Chromium. */
  delays: number[];
  /** Tasks of the main thread of 50 ms and more; undefined where browsers do not report them. */
  longTasks: number[] | undefined;
}

/** Of the blocks of 128 samples that the worklet has processed. */
export interface NoiseFigures {
  blocks: number;
  spent: number;
}

/** `window.probe`, which the functions below fill. */
export interface Probe {
  /** What the effects have reported so far. */
  reported: { frames: number; noise: NoiseFigures };
  spent: number[];
  longTasks: number[];
  segmentedEvery?: number;
  /** As it comes from the browser. */
  camera?: MediaStreamTrack;
  observe(seconds: number): Promise<EffectFigures>;
}

/** Runs in a page before its own scripts. */
export const PROBE = [installReports, installDevices, installObserver].map((part) => `(${part})();`).join('\n');

/** Reads the reports of the app's worker and worklet, and of the browser. */
function installReports(): void {
  const probe = {
    ...{ reported: { frames: 0, noise: { blocks: 0, spent: 0 } }, spent: [] as number[], longTasks: [] as number[] },
  } as Probe;
  Object.assign(window, { probe });
  const OwnWorker = window.Worker;
  window.Worker = class extends OwnWorker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      this.addEventListener('message', ({ data }) => {
        if (data?.type !== 'figures') return;
        probe.reported.frames += data.figures.spent.length;
        probe.spent.push(...data.figures.spent);
        probe.segmentedEvery = data.figures.segmentedEvery;
      });
    }
  };
  const OwnNode = window.AudioWorkletNode;
  window.AudioWorkletNode = class extends OwnNode {
    constructor(context: BaseAudioContext, name: string, options?: AudioWorkletNodeOptions) {
      super(context, name, options);
      this.port.addEventListener('message', ({ data }) => {
        probe.reported.noise.blocks += data?.blocks ?? 0;
        probe.reported.noise.spent += data?.spent ?? 0;
      });
      this.port.start();
    }
  };
  if (!PerformanceObserver.supportedEntryTypes.includes('longtask')) return;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) probe.longTasks.push(duration);
  }).observe({ type: 'longtask' });
}

/** Keeps the camera; the microphone is noise, because the worklet leaves out silence. */
function installDevices(): void {
  const { probe } = window as unknown as { probe: Probe };
  const open = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function (constraints) {
    const stream = await open.call(this, constraints);
    probe.camera = stream.getVideoTracks()[0]?.clone() ?? probe.camera;
    for (const track of stream.getAudioTracks()) {
      stream.removeTrack(track);
      stream.addTrack(noise());
    }
    return stream;
  };

  function noise(): MediaStreamTrack {
    const context = new AudioContext({ sampleRate: 48_000 });
    const buffer = context.createBuffer(1, 96_000, 48_000);
    const samples = buffer.getChannelData(0);
    for (let index = 0; index < samples.length; index++) samples[index] = (Math.random() - 0.5) * 0.2;
    const source = new AudioBufferSourceNode(context, { buffer, loop: true });
    const destination = context.createMediaStreamDestination();
    source.connect(destination);
    source.start();
    return destination.stream.getAudioTracks()[0]!;
  }
}

function installObserver(): void {
  const { probe } = window as unknown as { probe: Probe };

  /** When the page receives each frame of a track, by the frame's own time. */
  function arrivals(track: MediaStreamTrack | undefined): { at: Map<number, number>; stop(): void } {
    const at = new Map<number, number>();
    const { MediaStreamTrackProcessor: Processor } = window as unknown as {
      MediaStreamTrackProcessor?: new (init: { track: MediaStreamTrack }) => { readable: ReadableStream<VideoFrame> };
    };
    const copy = Processor && track?.clone();
    if (!Processor || !copy) return { at, stop: () => {} };
    const reader = new Processor({ track: copy }).readable.getReader();
    const read = async (): Promise<void> => {
      const { value: frame } = await reader.read();
      if (!frame) return;
      at.set(frame.timestamp, performance.now());
      frame.close();
      return read();
    };
    void read();
    return { at, stop: () => copy.stop() };
  }

  /** Pictures that the element shows until the returned function is called, which answers their number. */
  function countPictures(video: HTMLVideoElement): () => number {
    let pictures = 0;
    let open = true;
    const count = () => {
      if (!open) return;
      pictures += 1;
      video.requestVideoFrameCallback(count);
    };
    video.requestVideoFrameCallback(count);
    return () => {
      open = false;
      return pictures;
    };
  }

  probe.observe = async (seconds) => {
    const video = document.querySelector<HTMLVideoElement>('.preview video')!;
    const processed = arrivals((video.srcObject as MediaStream).getVideoTracks()[0]);
    const raw = arrivals(probe.camera);
    for (const list of [probe.spent, probe.longTasks]) list.length = 0;
    const pictures = countPictures(video);
    const begun = performance.now();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const duration = performance.now() - begun;
    for (const one of [raw, processed]) one.stop();
    const delays = [...processed.at].flatMap(([timestamp, at]) => {
      const from = raw.at.get(timestamp);
      return from === undefined ? [] : [at - from];
    });
    const reportsTasks = PerformanceObserver.supportedEntryTypes.includes('longtask');
    return {
      ...{ width: video.videoWidth, height: video.videoHeight, pictures: pictures(), seconds: duration / 1_000 },
      ...{ spent: [...probe.spent], segmentedEvery: probe.segmentedEvery, delays },
      longTasks: reportsTasks ? [...probe.longTasks] : undefined,
    };
  };
}
