// Loaded into a media worker before its own code. The first SIGUSR2 starts the count of bytes that
// its JavaScript allocates, the second writes the count to a file named by its process id, in the
// folder in the hash of this module’s URL.
import { renameSync, writeFileSync } from 'node:fs';
import { GCProfiler, getHeapStatistics } from 'node:v8';

const folder = decodeURIComponent(new URL(import.meta.url).hash.slice(1));
let profiler;
let before = 0;

process.on('SIGUSR2', () => {
  if (!profiler) {
    profiler = new GCProfiler();
    profiler.start();
    before = getHeapStatistics().used_heap_size;
    return;
  }
  const { statistics } = profiler.stop();
  profiler = undefined;
  let allocated = getHeapStatistics().used_heap_size - before;
  for (const { beforeGC, afterGC } of statistics) {
    allocated += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize;
  }
  // The rename makes the file appear complete.
  writeFileSync(`${folder}/${process.pid}.part`, String(allocated));
  renameSync(`${folder}/${process.pid}.part`, `${folder}/${process.pid}`);
});
