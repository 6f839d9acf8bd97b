/** The replay control: rate, start and stop, and progress. */
import { type ReplayStatus, replayStatus, startReplay, stopReplay } from './backend.ts';
import { byId } from './dom.ts';

/** The rates of the slider, in actions per second. */
const rates = [0.5, 1, 2, 5, 10, 20, 50, 100, 200];
const pollInterval = 1_000;

export class Replay {
  readonly #slider = byId('rate', HTMLInputElement);
  readonly #button = byId('replay-button', HTMLButtonElement);
  readonly #progress = byId('replay-progress', HTMLProgressElement);
  readonly #text = byId('replay-status', HTMLElement);
  #running = false;

  constructor() {
    this.#slider.max = String(rates.length - 1);
    this.#slider.addEventListener('input', () => this.#showRate());
    this.#slider.addEventListener('change', () => {
      if (this.#running) this.#update(startReplay(this.#rate()));
    });
    byId('replay', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#update(this.#running ? stopReplay() : startReplay(this.#rate()));
    });
    this.#showRate();
    // Another tab may have started the replay, so poll its status, but not from a hidden page.
    setInterval(() => {
      if (!document.hidden) this.#update(replayStatus());
    }, pollInterval);
    this.#update(replayStatus());
  }

  #rate(): number {
    return rates[Number(this.#slider.value)] ?? 1;
  }

  #showRate(): void {
    const text = `${this.#rate()} per second`;
    byId('rate-shown', HTMLOutputElement).textContent = text;
    this.#slider.setAttribute('aria-valuetext', text);
  }

  #update(request: Promise<ReplayStatus>): void {
    request.then(
      (status) => this.#show(status),
      () => this.#setStatus('The demo’s server cannot be reached.'),
    );
  }

  #show({ running, sent, total, error }: ReplayStatus): void {
    this.#running = running;
    this.#button.textContent = running ? 'Stop' : 'Start';
    this.#button.classList.toggle('primary', !running);
    this.#progress.max = total;
    this.#progress.value = sent > 0 && sent % total === 0 ? total : sent % total;
    const round = total > 0 ? Math.floor(Math.max(0, sent - 1) / total) + 1 : 1;
    const counted = `${sent.toLocaleString()} sent, round ${round} of ${total} payloads`;
    this.#setStatus(error ?? (sent === 0 ? `${total} payloads` : counted));
  }

  #setStatus(text: string): void {
    // Set only when it changes, because screen readers announce it each time it is set.
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}
