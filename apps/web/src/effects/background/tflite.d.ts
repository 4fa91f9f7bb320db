declare module '@twilio/video-processors/dist/build/tflite-simd-1-0-0.js' {
  /** TensorFlow Lite with one model, in the memory of a WebAssembly module. */
  export interface TfLite {
    readonly HEAPU8: Uint8Array;
    readonly HEAPF32: Float32Array;
    /** Bytes from the start of the memory, as the other offsets. */
    _getModelBufferMemoryOffset(): number;
    /** 0: loaded. */
    _loadModel(bytes: number): number;
    _getInputWidth(): number;
    _getInputHeight(): number;
    _getInputMemoryOffset(): number;
    _runInference(): number;
    _getOutputMemoryOffset(): number;
  }

  export default function createModule(options: {
    locateFile: (name: string) => string;
    print: (text: string) => void;
    printErr: (text: string) => void;
  }): Promise<TfLite>;
}
