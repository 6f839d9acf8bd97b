import { html, type TemplateResult } from 'lit';
import { icons } from '../engine/icons.ts';

/** Hidden from screen readers: labels name it. */
export const icon = (name: keyof typeof icons): TemplateResult =>
  html`<svg class="hubbub-inbox__icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${icons[name]}></path></svg>`;
