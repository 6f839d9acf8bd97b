import { html, type TemplateResult } from 'lit';

/** Icons in the text colour, hidden from screen readers: labels name them. */
export const bellIcon: TemplateResult = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M18 9a6 6 0 0 0-12 0c0 6-2.5 7.5-2.5 7.5h17S18 15 18 9M10 20a2.2 2.2 0 0 0 4 0"/></svg>`;
export const closeIcon: TemplateResult = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="m7 7 10 10M17 7 7 17"/></svg>`;
export const trayIcon: TemplateResult = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3.5 13 6 5.5h12l2.5 7.5v5.5h-17zM3.5 13h5a3.5 3.5 0 0 0 7 0h5"/></svg>`;
export const alertIcon: TemplateResult = html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8.5"/><path d="M12 8v4.5M12 15.8v.1"/></svg>`;
