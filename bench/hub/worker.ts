/** A worker as a process of its own that the benchmark can stop and ask for its heap. */
import { readConfig } from '../../infra/config.ts';
import { createWorker } from '../../workers/worker.ts';
import { watchHeap } from '../heap.ts';
import { onQuestion, tell } from '../messages.ts';

const worker = createWorker(readConfig(process.env));
const heap = watchHeap();

onQuestion((question) => {
  if (question.kind === 'heap') tell({ kind: 'heap', ...heap.collect() });
  if (question.kind === 'stop') void worker.close().then(() => process.exit(0));
});

await worker.start();
tell({ kind: 'ready', url: null });
