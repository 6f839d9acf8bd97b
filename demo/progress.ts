/** How a replay is going: on a terminal one line that changes, elsewhere a line now and then. */
export class Progress {
  readonly #started = performance.now();
  readonly #total: number | undefined;
  readonly #terminal = process.stdout.isTTY === true;
  #sent = 0;
  #shownAt = 0;

  constructor(total?: number) {
    this.#total = total;
  }

  get sent(): number {
    return this.#sent;
  }

  add(actions: number): void {
    this.#sent += actions;
    const now = performance.now();
    if (now - this.#shownAt < (this.#terminal ? 200 : 5_000)) return;
    this.#shownAt = now;
    const line = `${this.#counted()} sent, ${this.#perSecond()} per second`;
    process.stdout.write(this.#terminal ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** The last line: what was sent in all. */
  summary(what: string): string {
    const seconds = (performance.now() - this.#started) / 1_000;
    return `${this.#terminal ? '\r\x1b[K' : ''}Sent ${this.#sent.toLocaleString('en')} ${what} in ${seconds.toFixed(1)} s (${this.#perSecond()} per second).`;
  }

  #counted(): string {
    const sent = this.#sent.toLocaleString('en');
    return this.#total === undefined ? sent : `${sent} of ${this.#total.toLocaleString('en')}`;
  }

  #perSecond(): string {
    const seconds = Math.max(0.001, (performance.now() - this.#started) / 1_000);
    return Math.round(this.#sent / seconds).toLocaleString('en');
  }
}
