import type { ProcessedTrack } from '@waterbus/react';
import workletUrl from './noise-worklet.js?worker&url';

/**
 * Reduces the noise of a microphone with RNNoise, in an audio worklet. Resolves when sound comes
 * through: browsers start none before a click or a key press on the page, and until then the
 * microphone's own track is used.
 *
 * @returns Rejects where worklets, WebAssembly or a context of 48 kHz are missing.
 */
export async function processMicrophone(microphone: MediaStreamTrack): Promise<ProcessedTrack> {
  const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' });
  try {
    const [module] = await Promise.all([compile(), context.audioWorklet.addModule(workletUrl)]);
    const source = context.createMediaStreamSource(new MediaStream([microphone]));
    const node = new AudioWorkletNode(context, 'waterbus-noise', {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: 'explicit',
      processorOptions: { module },
    });
    const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    source.connect(node).connect(destination);
    await running(context);
    const track = destination.stream.getAudioTracks()[0]!;
    const stop = () => {
      node.port.postMessage('stop');
      track.stop();
      void context.close();
    };
    return { track, stop };
  } catch (error) {
    void context.close();
    throw error;
  }
}

/** A worker may compile WebAssembly, the page may not. */
function compile(): Promise<WebAssembly.Module> {
  const worker = new Worker(new URL('./noise-module-worker.ts', import.meta.url), { type: 'module' });
  return new Promise<WebAssembly.Module>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<WebAssembly.Module | undefined>) =>
      data ? resolve(data) : reject(new Error('RNNoise could not be compiled'));
    worker.onerror = () => reject(new Error('The worker could not be started'));
  }).finally(() => worker.terminate());
}

function running(context: AudioContext): Promise<void> {
  const resume = () => void context.resume().catch(() => {});
  resume();
  for (const event of ['pointerdown', 'keydown']) window.addEventListener(event, resume);
  return new Promise<void>((resolve) => {
    const look = () => context.state !== 'suspended' && resolve();
    context.addEventListener('statechange', look);
    look();
  }).finally(() => {
    for (const event of ['pointerdown', 'keydown']) window.removeEventListener(event, resume);
  });
}

/** Hertz: RNNoise knows only this one. */
const SAMPLE_RATE = 48_000;
