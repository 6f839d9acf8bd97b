/** Prints the progress of a replay: on a terminal one line that updates, otherwise a line every few seconds. */
export class Progress {
  readonly #started = performance.now();
  readonly #total: number | undefined;
  readonly #terminal = process.stdout.isTTY === true;
  #sent = 0;
  #printedAt = 0;

  constructor(total?: number) {
    this.#total = total;
  }

  get sent(): number {
    return this.#sent;
  }

  add(actions: number): void {
    this.#sent += actions;
    const now = performance.now();
    if (now - this.#printedAt < (this.#terminal ? 200 : 5_000)) return;
    this.#printedAt = now;
    const line = `${this.#formatCount()} sent, ${this.#formatRate()} per second`;
    process.stdout.write(this.#terminal ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** The last line, with the total. */
  summary(label: string): string {
    const seconds = (performance.now() - this.#started) / 1_000;
    return `${this.#terminal ? '\r\x1b[K' : ''}Sent ${this.#sent.toLocaleString('en')} ${label} in ${seconds.toFixed(1)} s (${this.#formatRate()} per second).`;
  }

  #formatCount(): string {
    const sent = this.#sent.toLocaleString('en');
    return this.#total === undefined ? sent : `${sent} of ${this.#total.toLocaleString('en')}`;
  }

  #formatRate(): string {
    const seconds = Math.max(0.001, (performance.now() - this.#started) / 1_000);
    return Math.round(this.#sent / seconds).toLocaleString('en');
  }
}
