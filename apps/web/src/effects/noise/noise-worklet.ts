// The entry of the worklet: it reduces noise on the thread of sound.
import type { NoiseFigures, NoiseOptions } from './noise-options.js';

/** What `simple-rnnoise-wasm` exports. Addresses are bytes from the start of the memory. */
interface RnNoise {
  readonly memory: WebAssembly.Memory;
  _initialize?(): void;
  newState(): number;
  deleteState(state: number): void;
  /** The address for the next samples. */
  getInput(state: number): number;
  /** Takes that many samples; the address of as many processed ones, or 0 before the first frame. */
  pipe(state: number, samples: number): number;
}

declare const registerProcessor: (name: string, processor: unknown) => void;
declare const AudioWorkletProcessor: new () => { readonly port: MessagePort };

class NoiseProcessor extends AudioWorkletProcessor {
  #model: RnNoise;
  #samples: Float32Array;
  #state: number;
  #open = true;
  #silentBlocks = 0;
  #blocks = 0;
  #spent = 0;

  constructor({ processorOptions }: { processorOptions: NoiseOptions }) {
    super();
    this.#model = new WebAssembly.Instance(processorOptions.module).exports as unknown as RnNoise;
    this.#model._initialize?.();
    this.#samples = new Float32Array(this.#model.memory.buffer);
    this.#state = this.#model.newState();
    this.port.onmessage = () => {
      this.#open = false;
      this.#model.deleteState(this.#state);
    };
  }

  /** Called for each 128 samples; false: it is not needed any more. */
  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    if (!this.#open) return false;
    const [from, to] = [input?.[0], output?.[0]];
    if (!from || !to) return true;
    this.#silentBlocks = isSilent(from) ? this.#silentBlocks + 1 : 0;
    // A muted microphone costs nothing; its output is silent already.
    if (this.#silentBlocks > SILENT_BLOCKS) return true;
    const begun = Date.now();
    this.#samples.set(from, this.#model.getInput(this.#state) / 4);
    const found = this.#model.pipe(this.#state, from.length) / 4;
    if (found > 0) to.set(this.#samples.subarray(found, found + from.length));
    this.#report(Date.now() - begun);
    return true;
  }

  #report(spent: number): void {
    this.#blocks += 1;
    this.#spent += spent;
    if (this.#blocks < REPORTED) return;
    const figures: NoiseFigures = { blocks: this.#blocks, spent: this.#spent };
    this.port.postMessage(figures);
    this.#blocks = 0;
    this.#spent = 0;
  }
}

function isSilent(samples: Float32Array): boolean {
  for (let index = 0; index < samples.length; index++) if (samples[index] !== 0) return false;
  return true;
}

/** Blocks of 2.7 ms, after which the model has put out all that it took. */
const SILENT_BLOCKS = 40;

/** Blocks between two reports: ten seconds. */
const REPORTED = 3750;

registerProcessor('waterbus-noise', NoiseProcessor);
