// The entry of a worker that compiles RNNoise: pages must not compile WebAssembly, and a worklet has
// the content security policy of its page.
import wasmUrl from 'simple-rnnoise-wasm/rnnoise.wasm?url';

const scope = self as unknown as { postMessage(message: WebAssembly.Module | undefined): void };

fetch(wasmUrl)
  .then((response) => response.arrayBuffer())
  .then((bytes) => WebAssembly.compile(bytes))
  .then(
    (module) => scope.postMessage(module),
    () => scope.postMessage(undefined),
  );
