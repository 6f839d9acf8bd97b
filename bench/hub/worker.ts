/** A worker as a process of its own that the benchmark can stop and ask for its heap. */
import { loadConfig } from '../../infra/load.ts';
import { createWorker } from '../../workers/worker.ts';
import { watchHeap } from '../heap.ts';
import { onQuestion, tell } from '../messages.ts';

const worker = createWorker(await loadConfig(process.env));
const heap = watchHeap();

onQuestion((question) => {
  if (question.kind === 'heap') tell({ kind: 'heap', ...heap.collect() });
  if (question.kind === 'stop') void worker.close().then(() => process.exit(0));
});

await worker.start();
tell({ kind: 'ready', url: null });
